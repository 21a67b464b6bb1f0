//! `postern admin user` and `postern admin user-store`

use clap::{ArgGroup, Args, Subcommand};
use postern_model::{GrantId, UserId, UserRole, UserStoreName};
use serde_json::{Value, json};

use crate::cli::arguments::BodyFields;
use crate::cli::context::CommandContext;
use crate::cli::management::{Call, Management, text};
use crate::cli::{output, secret_input};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UserCommand {
    /// Add a user; the password is read from standard input
    Add {
        #[command(flatten)]
        which: UserArgument,
        /// Role of the user, such as `editors`; may be repeated, or separated by commas
        #[arg(long, value_name = "ROLE", value_delimiter = ',')]
        roles: Vec<UserRole>,
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
    /// Set the roles of a user; existing tokens keep their scopes until they are renewed
    Roles(NewRoles),
    /// Set a new password, read from standard input, and end all sessions, grants and tokens of the user
    ResetPassword(UserArgument),
    /// Remove a user with all sessions, grants and tokens
    Remove(UserArgument),
    /// List the grants of a user to applications
    Grants(UserArgument),
    /// End a grant and revoke its tokens
    EndGrant {
        #[command(flatten)]
        which: UserArgument,
        /// Id of the grant, `gr_…`
        grant: GrantId,
    },
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
    #[arg(long, group = "which_roles")]
    none: bool,
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
            Self::Add { which: UserArgument { id }, roles } => {
                let password = secret_input::new_password(&id.to_string())?;
                let mut fields = BodyFields::default();
                fields.set("name", Some(id.name.as_str()));
                fields.set("password", Some(password.as_str()));
                fields.set_list("roles", roles.iter());
                management.print(&Call::create(&["user-stores", id.store.as_str(), "users"]).json(&fields.into_body()))
            }
            Self::List { store } => list(&management, store),
            Self::Show(which) => management.print(&Call::get(&which.path())),
            Self::Lock(which) => which.change(&management, &json!({ "state": "locked" })),
            Self::Unlock(which) => which.change(&management, &json!({ "state": "active" })),
            Self::Roles(NewRoles { which, roles, none: _ }) => which.change(&management, &json!({ "roles": roles })),
            Self::ResetPassword(which) => {
                let password = secret_input::new_password(&which.id.to_string())?;
                let path = [&which.path()[..], &["password"]].concat();
                management.send(&Call::put(&path).json(&json!({ "password": password.as_str() })))?;
                output::print(&json!({ "password_reset": which.id }))
            }
            Self::Remove(which) => {
                management.send(&Call::delete(&which.path()))?;
                output::print(&json!({ "removed": which.id }))
            }
            Self::Grants(which) => {
                let path = [&which.path()[..], &["grants"]].concat();
                output::print(&json!({ "grants": management.all(|| Call::get(&path))? }))
            }
            Self::EndGrant { which, grant } => {
                let path = [&which.path()[..], &["grants", grant.as_str()]].concat();
                let mut ended = management.send(&Call::delete(&path))?.json()?;
                if let Some(ended) = ended.as_object_mut() {
                    ended.insert("ended".into(), grant.as_str().into());
                }
                output::print(&ended)
            }
        }
    }
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
    output::print(&json!({ "users": users }))
}

impl UserStoreCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let Self::List = self;
        let stores = context.management()?.all(|| Call::get(&["user-stores"]))?;
        output::print(&json!({ "user_stores": stores }))
    }
}
