//! Every page in each of its states, with usual and with hostile content.

use axum::http::StatusCode;
use axum::response::Response;
use postern_token::UnixSeconds;
use url::Url;

use crate::messages::Message;
use crate::pages::account::*;
use crate::pages::authorize::Consent;
use crate::pages::device::*;
use crate::pages::error_page::ErrorPage;
use crate::pages::scope_text::ScopeText;
use crate::pages::second_factor::*;
use crate::pages::sign_in::*;
use crate::pages::start::StartPage;
use crate::pages::timestamp::Timestamp;
use crate::pages::*;
use crate::paths;
use postern_model::SecondFactorPolicy;
use postern_operations::Enrolment;
use postern_secrets::PlainSecret;

/// The content of pages.
pub(super) struct Content {
    pub(super) application: String,
    pub(super) user: String,
    pub(super) scopes: Vec<String>,
    pub(super) apis: Vec<String>,
    pub(super) text: String,
}

impl Content {
    pub(super) fn usual() -> Self {
        Self {
            application: "Storefront".to_owned(),
            user: "alice@partners".to_owned(),
            scopes: ["orders:read", "orders:write", "profile"].map(str::to_owned).into(),
            apis: ["Orders 1.4", "Pizza shack 1.0.0"].map(str::to_owned).into(),
            text: "The address that this application wants you to be sent to is not one that it registered.".to_owned(),
        }
    }

    pub(super) fn hostile() -> Self {
        let script = "<script>alert('owned')</script>\"'><img src=x onerror=alert(1)>&amp;{{ 7 * 7 }}".to_owned();
        let right_to_left = "\u{202e}gnihtyna ton si siht\u{202c} متجر الكتب العربية ספרים";
        let emoji = "🚪👩‍👩‍👧‍👦🏴‍☠️".repeat(20);
        Self {
            application: "W".repeat(1_000),
            user: format!("{}@{}", "x".repeat(400), "y".repeat(400)),
            scopes: vec![script.clone(), right_to_left.to_owned(), emoji, "s".repeat(1_000), String::new()],
            apis: vec![right_to_left.to_owned(), script.clone(), "a/".repeat(500)],
            text: format!("{script} {right_to_left} {}", "ä".repeat(1_000)),
        }
    }
}

/// Every page in each of its states, with a name.
pub(super) fn every_page(site: &Site, content: &Content) -> Vec<(&'static str, Response)> {
    let sign_in = |problem| {
        let known = problem != Some(SignInProblem::Unavailable);
        respond(&SignIn {
            problem,
            application: known.then(|| content.application.clone()),
            user: if problem.is_some() { content.user.clone() } else { String::new() },
            stores: if known {
                vec!["local".to_owned(), "partners".to_owned(), "staff".to_owned()]
            } else {
                vec!["local".to_owned()]
            },
            ..empty_sign_in(site)
        })
    };
    let device_entry = |code: &str, problem| respond(&DeviceEntry { site, code: code.to_owned(), problem, csrf: "c".to_owned() });
    let account = |grants, notice| {
        let (user, csrf) = (content.user.clone(), "c".to_owned());
        respond(&Account { site, user, grants, csrf, can_change_password: true, notice })
    };
    let new_password = |problems, form| {
        let (user, csrf) = (content.user.clone(), "c".to_owned());
        respond(&ChangePassword { site, user, problems, csrf, form })
    };
    let change_password = |problems| new_password(problems, PasswordForm::Account);
    let error_page = |status, ask| {
        let explanation = foreign(&content.text);
        respond(&ErrorPage { site, status, title: Message::new("not-allowed"), explanation, ask })
    };
    let wrong = |field, text: Message| PasswordProblem { field, text };
    let providers = || vec![provider("corp", "Example Corporation"), provider("more", &content.application)];
    vec![
        ("sign-in", sign_in(None)),
        ("sign-in-providers", respond(&SignIn { providers: providers(), again: true, ..empty_sign_in(site) })),
        (
            "sign-in-password-or-provider",
            respond(&SignIn { providers: providers(), stores: vec!["local".to_owned()], ..empty_sign_in(site) }),
        ),
        ("sign-in-wrong", sign_in(Some(SignInProblem::WrongCredentials))),
        ("sign-in-throttled", sign_in(Some(SignInProblem::Throttled { seconds: 300 }))),
        ("sign-in-account-limited", sign_in(Some(SignInProblem::AccountLimited))),
        ("sign-in-unavailable", sign_in(Some(SignInProblem::Unavailable))),
        ("consent", respond(&consent(site, content, "https://shop.example/callback"))),
        ("device", device_entry("", None)),
        ("device-unknown", device_entry("WDJB-MJHT", Some(DeviceEntryProblem::UnknownCode))),
        ("device-throttled", device_entry(&content.text, Some(DeviceEntryProblem::Throttled { seconds: 30 }))),
        ("device-confirm", respond(&device_confirm(site, content))),
        ("start", respond(&StartPage { site })),
        ("device-allowed", respond(&DeviceDone { site, allowed: true })),
        ("device-denied", respond(&DeviceDone { site, allowed: false })),
        ("account", account(grants(content), Some(Message::new("account-withdrawn")))),
        ("account-empty", account(Vec::new(), None)),
        ("password", change_password(Vec::new())),
        (
            "password-wrong",
            change_password(vec![
                wrong(PasswordField::Current, Message::new("password-current-wrong")),
                wrong(PasswordField::New, Message::new("password-short")),
                wrong(PasswordField::New, foreign(&content.text)),
                wrong(PasswordField::Again, Message::new("password-differ")),
            ]),
        ),
        ("password-given", new_password(Vec::new(), PasswordForm::SignIn { next: "n".to_owned() })),
        ("signed-out", respond(&SignedOut { site, sign_in: site.at(paths::SIGN_IN) })),
        ("problem", error_page(StatusCode::BAD_REQUEST, Ask::Application)),
        ("problem-issuer", error_page(StatusCode::SERVICE_UNAVAILABLE, Ask::Issuer)),
        ("problem-nobody", error_page(StatusCode::FORBIDDEN, Ask::NoOne)),
    ]
    .into_iter()
    .chain(second_factor(site, content))
    .collect()
}

/// The pages of the second factor.
fn second_factor(site: &Site, content: &Content) -> Vec<(&'static str, Response)> {
    let enter_code = |problem| {
        let (user, csrf, next) = (content.user.clone(), "c".to_owned(), "n".to_owned());
        respond(&EnterCode { site, user, problem, csrf, next })
    };
    let enrol = |next: Option<&str>, problem| {
        let secret = |text: &str| PlainSecret::presented(text.to_owned());
        let (user, kept) = ("alice@partners".parse().unwrap(), secret(&"k".repeat(150)));
        let enrolment = Enrolment { user, secret: secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), kept };
        let form = EnrolForm { action: paths::SECOND_FACTOR_CONFIRM, next: next.map(str::to_owned), csrf: "c".to_owned() };
        respond(&Enrol::new(site, &enrolment, form, problem))
    };
    let codes: Vec<_> = (0..10).map(|_| PlainSecret::presented("7kx2m-94wq0-hzr8t-bn3vd".to_owned())).collect();
    let overview = |since: Option<u64>, recovery_codes, policy, problem| {
        let (user, csrf, since) = (content.user.clone(), "c".to_owned(), since.map(|since| UnixSeconds(since).into()));
        respond(&SecondFactor { site, user, csrf, since, recovery_codes, policy, problem })
    };
    let refused = Problem {
        title: Message::new("not-possible"),
        text: foreign(&content.text),
        status: StatusCode::CONFLICT,
        retry_after: None,
    };
    let since = Some(1_790_000_000);
    vec![
        ("sign-in-expired", respond(&SignIn { problem: Some(SignInProblem::Expired), ..empty_sign_in(site) })),
        ("code", enter_code(None)),
        ("code-wrong", enter_code(Some(CodeProblem::Wrong))),
        ("code-throttled", enter_code(Some(CodeProblem::Throttled { seconds: 90 }))),
        ("code-limited", enter_code(Some(CodeProblem::Limited))),
        ("enrol", enrol(None, None)),
        ("enrol-required-wrong", enrol(Some("n"), Some(CodeProblem::Wrong))),
        ("recovery-codes", respond(&RecoveryCodesPage::new(site, &codes, site.at(paths::ACCOUNT), true))),
        ("recovery-codes-again", respond(&RecoveryCodesPage::new(site, &codes, site.at(paths::ACCOUNT), false))),
        ("second-factor-none", overview(None, 0, SecondFactorPolicy::Optional, None)),
        ("second-factor-none-off", overview(None, 0, SecondFactorPolicy::Off, None)),
        ("second-factor", overview(since, 9, SecondFactorPolicy::Optional, None)),
        ("second-factor-refused", overview(since, 1, SecondFactorPolicy::Required, Some(refused))),
        ("second-factor-off", overview(since, 0, SecondFactorPolicy::Off, Some(CodeProblem::Wrong.into()))),
    ]
}

/// A text that is no message of ours.
fn foreign(text: &str) -> Message {
    Message::new("no_message").with("text", text)
}

fn provider(store: &str, title: &str) -> Provider {
    Provider::new(&store.parse().unwrap(), title.to_owned())
}

/// The page that continues to `address`.
pub(super) fn continue_to<'a>(site: &'a Site, content: &Content, address: &str) -> ContinuePage<'a> {
    ContinuePage::new(site, content.application.clone(), Url::parse(address).unwrap()).unwrap()
}

/// The sign-in page without any content.
pub(super) fn empty_sign_in(site: &Site) -> SignIn<'_> {
    SignIn {
        site,
        application: None,
        user: String::new(),
        problem: None,
        stores: Vec::new(),
        providers: Vec::new(),
        again: false,
        csrf: "c".to_owned(),
        next: "n".to_owned(),
        leads_to: None,
    }
}

fn scope_text(scope: &str, text: &str) -> ScopeText {
    ScopeText { scope: scope.to_owned(), description: text.to_owned(), apis: text.to_owned() }
}

/// The consent page for a client with this redirect URI.
pub(super) fn consent<'a>(site: &'a Site, content: &Content, redirect_uri: &str) -> Consent<'a> {
    let uri = Url::parse(redirect_uri).unwrap();
    Consent {
        site,
        application: content.application.clone(),
        user: content.user.clone(),
        scopes: content.scopes.iter().map(|scope| scope_text(scope, &content.text)).collect(),
        apis: content.apis.clone(),
        redirect_host: uri.host_str().unwrap().to_owned(),
        csrf: "c".to_owned(),
        request: vec![("state".to_owned(), content.text.clone()), (content.text.clone(), "x".to_owned())],
        leads_to: RedirectOrigin::of(&uri),
    }
}

fn device_confirm<'a>(site: &'a Site, content: &Content) -> DeviceConfirm<'a> {
    DeviceConfirm {
        site,
        application: content.application.clone(),
        scopes: content.scopes.iter().map(|scope| scope_text(scope, &content.text)).collect(),
        user_code: "WDJB-MJHT".to_owned(),
        user: content.user.clone(),
        csrf: "c".to_owned(),
    }
}

fn grants(content: &Content) -> Vec<GrantEntry> {
    let entry = |id: &str, application: &str, scopes: &[String], last_used| GrantEntry {
        id: id.to_owned(),
        application: application.to_owned(),
        scopes: scopes.to_vec(),
        since: Timestamp::from(UnixSeconds(1_790_000_000)),
        last_used,
    };
    vec![
        entry("1", &content.application, &content.scopes, Some(Timestamp::from(UnixSeconds(1_795_314_600)))),
        entry("2", "Courier app", &[], None),
        entry("3", "Back office", &content.scopes, None),
    ]
}
