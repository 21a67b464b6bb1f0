//! Every path that this crate serves, below the path of the issuer's identifier. The management API has its own.

/// The start page, for those who open the issuer's address in a browser.
pub(crate) const START: &str = "/";
pub(crate) const AUTHORIZE: &str = "/oauth2/authorize";
pub(crate) const TOKEN: &str = "/oauth2/token";
pub(crate) const REVOKE: &str = "/oauth2/revoke";
pub(crate) const INTROSPECT: &str = "/oauth2/introspect";
pub(crate) const DEVICE_AUTHORIZATION: &str = "/oauth2/device_authorization";
pub(crate) const REGISTER: &str = "/oauth2/register";
pub(crate) const JWKS: &str = "/oauth2/jwks";

pub(crate) const SIGN_IN: &str = "/sign-in";
/// Takes the language that the user has chosen.
pub(crate) const LANGUAGE: &str = "/language";
/// Sends the browser to the identity provider of a user store.
pub(crate) const SIGN_IN_BEGIN: &str = "/sign-in/begin/{store}";
/// The redirect URI at which the provider sends the browser back.
pub(crate) const SIGN_IN_CALLBACK: &str = "/sign-in/callback/{store}";
/// The next step of a sign-in, after the password.
pub(crate) const SIGN_IN_STEP: &str = "/sign-in/step";
/// Takes the code of the second factor, or a recovery code.
pub(crate) const SIGN_IN_CODE: &str = "/sign-in/code";
/// Takes the password that replaces one of an administrator.
pub(crate) const SIGN_IN_PASSWORD: &str = "/sign-in/password";
/// Takes the first code of a second factor that everyone must have.
pub(crate) const SIGN_IN_ENROL: &str = "/sign-in/second-factor";
pub(crate) const SIGN_OUT: &str = "/sign-out";
/// Takes the user's decision on the consent page.
pub(crate) const CONSENT: &str = "/consent";
pub(crate) const DEVICE: &str = "/device";
/// Takes the user's decision about a device.
pub(crate) const DEVICE_DECISION: &str = "/device/decision";
pub(crate) const ACCOUNT: &str = "/account";
/// Withdraws the access of an application.
pub(crate) const WITHDRAW: &str = "/account/withdraw";
pub(crate) const PASSWORD: &str = "/account/password";
/// The second factor of the user. Takes the password, and begins to set one up.
pub(crate) const SECOND_FACTOR: &str = "/account/second-factor";
/// Takes the first code.
pub(crate) const SECOND_FACTOR_CONFIRM: &str = "/account/second-factor/confirm";
pub(crate) const SECOND_FACTOR_REMOVE: &str = "/account/second-factor/remove";
/// Makes new recovery codes.
pub(crate) const RECOVERY_CODES: &str = "/account/second-factor/recovery-codes";
/// Redirects to the page below it.
pub(crate) const EXPLAIN: &str = "/explain";
/// The page that explains a decision; its files are below it.
pub(crate) const EXPLAIN_PAGE: &str = "/explain/";
/// The portal: the applications of the signed-in member. Everything else of it is below.
pub(crate) const PORTAL: &str = "/portal";
/// The catalogue of APIs.
pub(crate) const PORTAL_APIS: &str = "/portal/apis";
/// An API; with `.md` at the end in Markdown.
pub(crate) const PORTAL_API: &str = "/portal/apis/{name}/{version}";
pub(crate) const PORTAL_API_SUBSCRIBE: &str = "/portal/apis/{name}/{version}/subscribe";
/// The catalogue for programs that read text (llmstxt.org).
pub(crate) const LLMS: &str = "/llms.txt";
/// The documentation of the management API.
pub(crate) const API_DOCS: &str = "/api/docs";
/// Takes the name of a new application.
pub(crate) const PORTAL_APPLICATIONS: &str = "/portal/applications";
/// Makes an application with a subscription and keys.
pub(crate) const PORTAL_FIRST_TOKEN: &str = "/portal/applications/first-token";
pub(crate) const PORTAL_APPLICATION: &str = "/portal/applications/{id}";
pub(crate) const PORTAL_SUBSCRIBE: &str = "/portal/applications/{id}/subscribe";
pub(crate) const PORTAL_UNSUBSCRIBE: &str = "/portal/applications/{id}/unsubscribe";
/// Generates or replaces the token of an environment.
pub(crate) const PORTAL_KEYS: &str = "/portal/applications/{id}/keys/{key_type}";
/// The settings of an environment's keys.
pub(crate) const PORTAL_KEY_SETTINGS: &str = "/portal/applications/{id}/keys/{key_type}/settings";
/// Revokes every token of an application.
pub(crate) const PORTAL_REVOKE: &str = "/portal/applications/{id}/revoke";
/// The live tokens of an environment.
pub(crate) const PORTAL_TOKENS: &str = "/portal/applications/{id}/tokens/{key_type}";
pub(crate) const PORTAL_TOKEN_REVOKE: &str = "/portal/applications/{id}/tokens/{key_type}/revoke";
/// The consumer secrets of an environment.
pub(crate) const PORTAL_SECRETS: &str = "/portal/applications/{id}/secrets/{key_type}";
pub(crate) const PORTAL_SECRET_DELETE: &str = "/portal/applications/{id}/secrets/{key_type}/delete";
/// The name of an application, its owner and its state.
pub(crate) const PORTAL_CHANGE: &str = "/portal/applications/{id}/change";
pub(crate) const PORTAL_DELETE: &str = "/portal/applications/{id}/delete";
/// The usage of an application by day.
pub(crate) const PORTAL_APPLICATION_USAGE: &str = "/portal/applications/{id}/usage";
/// The usage of all applications by day.
pub(crate) const PORTAL_USAGE: &str = "/portal/usage";
/// The personal access tokens of the member.
pub(crate) const PORTAL_ACCESS_TOKENS: &str = "/portal/access-tokens";
pub(crate) const PORTAL_ACCESS_TOKEN_DELETE: &str = "/portal/access-tokens/delete";
/// The teams of the member, or all of them.
pub(crate) const PORTAL_TEAMS: &str = "/portal/teams";
pub(crate) const PORTAL_TEAM_DELETE: &str = "/portal/teams/delete";
/// The members of a team.
pub(crate) const PORTAL_TEAM_MEMBERS: &str = "/portal/teams/members";
pub(crate) const PORTAL_TEAM_MEMBER_REMOVE: &str = "/portal/teams/members/remove";
/// What waits for an administrator.
pub(crate) const PORTAL_APPROVALS: &str = "/portal/approvals";
/// Takes the decision.
pub(crate) const PORTAL_APPROVAL: &str = "/portal/approvals/decision";
pub(crate) const PORTAL_MEMBERS: &str = "/portal/members";
pub(crate) const PORTAL_MEMBER_CHANGE: &str = "/portal/members/change";
pub(crate) const PORTAL_MEMBER_REMOVE: &str = "/portal/members/remove";
pub(crate) const PORTAL_USERS: &str = "/portal/users";
pub(crate) const PORTAL_USER_STATE: &str = "/portal/users/state";
/// A new user, with a one-time password.
pub(crate) const PORTAL_USER_NEW: &str = "/portal/users/new";
/// A user: roles, sessions, and the applications with access.
pub(crate) const PORTAL_USER: &str = "/portal/users/user";
pub(crate) const PORTAL_USER_ROLES: &str = "/portal/users/roles";
/// Gives a user a one-time password.
pub(crate) const PORTAL_USER_PASSWORD: &str = "/portal/users/password";
/// Resets the second factor of a user.
pub(crate) const PORTAL_USER_SECOND_FACTOR: &str = "/portal/users/second-factor";
/// Ends a session of a user, or all.
pub(crate) const PORTAL_USER_SESSIONS: &str = "/portal/users/sessions";
/// Withdraws the access of an application to a user's account, or of all.
pub(crate) const PORTAL_USER_ACCESS: &str = "/portal/users/access";
pub(crate) const PORTAL_TIERS: &str = "/portal/tiers";
/// The form that imports an API, and what shows what would change.
pub(crate) const PORTAL_IMPORT: &str = "/portal/import";
pub(crate) const PORTAL_IMPORT_APPLY: &str = "/portal/import/apply";
pub(crate) const PORTAL_API_REMOVE: &str = "/portal/import/remove";
pub(crate) const PORTAL_TIER_CHANGE: &str = "/portal/tiers/change";
pub(crate) const PORTAL_TIER_REMOVE: &str = "/portal/tiers/remove";
pub(crate) const PORTAL_SCOPES: &str = "/portal/scopes";
pub(crate) const PORTAL_SCOPE_REMOVE: &str = "/portal/scopes/remove";
pub(crate) const PORTAL_SIGNING_KEYS: &str = "/portal/signing-keys";
pub(crate) const PORTAL_SIGNING_KEY_SIGN: &str = "/portal/signing-keys/sign";
pub(crate) const PORTAL_SIGNING_KEY_RETIRE: &str = "/portal/signing-keys/retire";
pub(crate) const PORTAL_EDGES: &str = "/portal/edges";
pub(crate) const PORTAL_EDGE_REMOVE: &str = "/portal/edges/remove";
pub(crate) const PORTAL_AUDIT: &str = "/portal/audit";
pub(crate) const PORTAL_AUDIT_EXPORT: &str = "/portal/audit/export";
pub(crate) const PORTAL_SETTINGS: &str = "/portal/settings";
/// The branding.
pub(crate) const PORTAL_BRANDING: &str = "/portal/branding";
/// A style sheet that shows a colour before it is saved.
pub(crate) const PORTAL_BRANDING_PREVIEW: &str = "/portal/branding/preview";
/// Takes the request of a user who wants to become a developer.
pub(crate) const PORTAL_ACCESS: &str = "/portal/access";
pub(crate) const STYLE: &str = "/assets/style.css";
/// The style sheet with the colour that administrators chose.
pub(crate) const THEME: &str = "/assets/theme/{digest}";
pub(crate) const LOGO: &str = "/assets/logo/{digest}";
/// The script of the portal.
pub(crate) const SCRIPT: &str = "/assets/portal.js";
pub(crate) const ICON: &str = "/assets/icon.svg";
pub(crate) const TRY_OUT: &str = "/assets/try-out.js";

pub(crate) const EDGE_BUNDLE: &str = "/edge/bundle";
pub(crate) const STATUS_LIST: &str = "/status/{id}";

/// RFC 8414 section 3: at the root of the host, with the issuer's path after it.
pub(crate) const METADATA: &str = "/.well-known/oauth-authorization-server";

pub(crate) const METRICS: &str = "/metrics";
/// The process answers.
pub(crate) const LIVE: &str = "/livez";
/// The process answers, and its database can be written to.
pub(crate) const READY: &str = "/readyz";
