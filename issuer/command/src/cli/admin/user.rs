//! `postern admin user` and `postern admin user-store`

use clap::{ArgGroup, Args, Subcommand};
use postern_model::{ConsumerKey, GrantId, SessionId, UserId, UserRole, UserStoreName};
use serde_json::{Value, json};

use crate::cli::arguments::BodyFields;
use crate::cli::context::CommandContext;
use crate::cli::management::{Call, Management, text};
use crate::cli::secret_input;

/// What ends with a user, as a sentence.
const ENDS: &str = "This ends all sessions, grants and tokens of the user.";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UserCommand {
    /// Create a user; the password is read from standard input
    #[command(alias = "add")]
    Create {
        #[command(flatten)]
        which: UserArgument,
        /// Role of the user, such as `editors`; may be repeated, or separated by commas
        #[arg(long, value_name = "ROLE", value_delimiter = ',')]
        roles: Vec<UserRole>,
        /// Make the user choose another password at the first sign-in
        #[arg(long)]
        must_change_password: bool,
    },
    /// List users
    List {
        /// Name of the user store [default: all user stores]
        #[arg(long, value_name = "STORE")]
        store: Option<UserStoreName>,
    },
    /// Show a user
    Show(UserArgument),
    /// Lock a user, and end all sessions, grants and tokens of the user
    Lock(UserArgument),
    /// Unlock a user, so that the user can sign in again
    Unlock(UserArgument),
    /// Change the roles of a user; existing tokens keep their scopes until they are renewed
    #[command(alias = "roles")]
    Change(NewRoles),
    /// Set a new password, read from standard input, and end all sessions, grants and tokens of the user
    ResetPassword {
        #[command(flatten)]
        which: UserArgument,
        /// Make the user choose another password at the next sign-in
        #[arg(long)]
        must_change_password: bool,
    },
    /// Remove the second factor of a user who has lost it, and end the sessions of the user
    ResetSecondFactor(UserArgument),
    /// Delete a user with all sessions, grants and tokens
    #[command(alias = "remove")]
    Delete(UserArgument),
    /// List and delete the grants of a user to applications
    #[command(subcommand)]
    Grant(GrantCommand),
    /// List the applications with access to the account of a user, and withdraw their access
    #[command(subcommand)]
    Access(AccessCommand),
    /// List the sessions of a user, and delete them
    #[command(subcommand)]
    Session(SessionCommand),
    #[command(hide = true)]
    Grants(UserArgument),
    #[command(hide = true)]
    EndGrant(GrantArguments),
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum GrantCommand {
    /// List the grants of a user to applications
    List(UserArgument),
    /// Delete a grant and revoke its tokens
    Delete(GrantArguments),
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AccessCommand {
    /// List the applications with access to the account of a user
    List(UserArgument),
    /// Withdraw the access of an application, or of all: consents, grants and tokens
    #[command(group(ArgGroup::new("which_clients").required(true)))]
    Delete {
        #[command(flatten)]
        which: UserArgument,
        /// Consumer key of the application, `ck_…`
        #[arg(group = "which_clients")]
        consumer_key: Option<ConsumerKey>,
        /// Withdraw the access of all applications
        #[arg(long, group = "which_clients")]
        all: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SessionCommand {
    /// List the sessions of a user
    List(UserArgument),
    /// Delete a session, or all sessions; grants and tokens stay
    #[command(group(ArgGroup::new("which_sessions").required(true)))]
    Delete {
        #[command(flatten)]
        which: UserArgument,
        /// Id of the session, `se_…`
        #[arg(group = "which_sessions")]
        session: Option<SessionId>,
        /// Delete all sessions
        #[arg(long, group = "which_sessions")]
        all: bool,
    },
}

/// A grant of a user.
#[derive(Debug, Args)]
pub(in crate::cli) struct GrantArguments {
    #[command(flatten)]
    which: UserArgument,
    /// Id of the grant, `gr_…`
    grant: GrantId,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UserStoreCommand {
    /// List user stores; the default store comes first
    List,
}

/// An existing or new user.
#[derive(Debug, Args)]
pub(in crate::cli) struct UserArgument {
    /// Id of the user, `NAME@STORE`, such as `alice@local`
    #[arg(value_name = "USER")]
    id: UserId,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which_roles").required(true)))]
pub(in crate::cli) struct NewRoles {
    #[command(flatten)]
    which: UserArgument,
    /// Roles, separated by commas; they replace the current roles
    #[arg(long, value_name = "ROLE", value_delimiter = ',', group = "which_roles")]
    roles: Vec<UserRole>,
    /// Remove all roles
    #[arg(long, alias = "none", group = "which_roles")]
    no_role: bool,
}

impl UserArgument {
    /// The segments of the user's path.
    fn path(&self) -> [&str; 4] {
        ["user-stores", self.id.store.as_str(), "users", self.id.name.as_str()]
    }

    fn change(&self, management: &Management, change: &Value) -> anyhow::Result<()> {
        management.print(&Call::patch(&self.path()).json(change))
    }
}

impl UserCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { which: UserArgument { id }, roles, must_change_password } => {
                let password = secret_input::new_password(&id.to_string())?;
                let mut fields = BodyFields::default();
                fields.set("name", Some(id.name.as_str()));
                fields.set("password", Some(password.as_str()));
                fields.set_list("roles", roles.iter());
                fields.set("must_change_password", must_change_password.then_some(true));
                management.print(&Call::create(&["user-stores", id.store.as_str(), "users"]).json(&fields.into_body()))
            }
            Self::List { store } => list(&management, store),
            Self::Show(which) => management.print(&Call::get(&which.path())),
            Self::Lock(which) => {
                context.confirmation.ask(|| Ok(format!("Lock the user `{}`? {ENDS}", which.id)))?;
                which.change(&management, &json!({ "state": "locked" }))
            }
            Self::Unlock(which) => which.change(&management, &json!({ "state": "active" })),
            Self::Change(NewRoles { which, roles, no_role: _ }) => which.change(&management, &json!({ "roles": roles })),
            Self::ResetPassword { which, must_change_password } => {
                context.confirmation.ask(|| Ok(format!("Set a new password for `{}`? {ENDS}", which.id)))?;
                let password = secret_input::new_password(&which.id.to_string())?;
                let path = [&which.path()[..], &["password"]].concat();
                let body = json!({ "password": password.as_str(), "must_change_password": must_change_password });
                management.send(&Call::put(&path).json(&body))?;
                management.printer.print(&json!({ "password_reset": which.id }))
            }
            Self::ResetSecondFactor(which) => {
                let question = || Ok(format!("Remove the second factor of `{}`? This ends all sessions of the user.", which.id));
                context.confirmation.ask(question)?;
                management.send(&Call::delete(&[&which.path()[..], &["second-factor"]].concat()))?;
                management.printer.print(&json!({ "second_factor_reset": which.id }))
            }
            Self::Delete(which) => {
                context.confirmation.ask(|| Ok(format!("Delete the user `{}`? {ENDS}", which.id)))?;
                management.send(&Call::delete(&which.path()))?;
                management.printer.print(&json!({ "removed": which.id }))
            }
            Self::Access(AccessCommand::List(which)) => {
                let path = [&which.path()[..], &["access"]].concat();
                management.print_list("access", || Call::get(&path))
            }
            Self::Access(AccessCommand::Delete { which, consumer_key, all: _ }) => {
                let question = || {
                    let of = consumer_key.as_ref().map_or_else(|| "all applications".to_owned(), |key| format!("`{key}`"));
                    Ok(format!("Withdraw the access of {of} to the account `{}`? This revokes its tokens.", which.id))
                };
                context.confirmation.ask(question)?;
                management.print(&Call::delete(&below(&which, "access", consumer_key.as_ref().map(ConsumerKey::as_str))))
            }
            Self::Session(SessionCommand::List(which)) => {
                let path = [&which.path()[..], &["sessions"]].concat();
                management.print_list("sessions", || Call::get(&path))
            }
            Self::Session(SessionCommand::Delete { which, session, all: _ }) => {
                let number = if session.is_some() { "the session" } else { "all sessions" };
                context.confirmation.ask(|| Ok(format!("Delete {number} of `{}`?", which.id)))?;
                management.print(&Call::delete(&below(&which, "sessions", session.as_ref().map(SessionId::as_str))))
            }
            Self::Grant(GrantCommand::List(which)) | Self::Grants(which) => {
                let path = [&which.path()[..], &["grants"]].concat();
                management.print_list("grants", || Call::get(&path))
            }
            Self::Grant(GrantCommand::Delete(arguments)) | Self::EndGrant(arguments) => {
                let GrantArguments { which, grant } = arguments;
                context
                    .confirmation
                    .ask(|| Ok(format!("Delete the grant `{}` of `{}`? This revokes its tokens.", grant.as_str(), which.id)))?;
                let path = [&which.path()[..], &["grants", grant.as_str()]].concat();
                let mut ended = management.send(&Call::delete(&path))?.json()?;
                if let Some(ended) = ended.as_object_mut() {
                    ended.insert("ended".into(), grant.as_str().into());
                }
                management.printer.print(&ended)
            }
        }
    }
}

/// A path below that of a user: one of a kind, or all.
fn below<'a>(which: &'a UserArgument, kind: &'a str, one: Option<&'a str>) -> Vec<&'a str> {
    which.path().into_iter().chain([kind]).chain(one).collect()
}

fn list(management: &Management, store: Option<UserStoreName>) -> anyhow::Result<()> {
    let stores = if let Some(store) = store {
        vec![store.to_string()]
    } else {
        let stores = management.all(|| Call::get(&["user-stores"]))?;
        stores.iter().map(|store| text(store, "name").map(str::to_owned)).collect::<anyhow::Result<_>>()?
    };
    let mut users = Vec::new();
    for store in stores {
        users.extend(management.all(|| Call::get(&["user-stores", &store, "users"]))?);
    }
    management.printer.print_list("users", users)
}

impl UserStoreCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let Self::List = self;
        context.management()?.print_list("user_stores", || Call::get(&["user-stores"]))
    }
}
