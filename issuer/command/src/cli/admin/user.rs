//! `postern admin user` and `postern admin user-store`: who uses applications.

use clap::{ArgGroup, Args, Subcommand};
use postern_model::{GrantId, UserId, UserRole, UserStoreName};
use serde_json::{Value, json};

use crate::cli::arguments::Changes;
use crate::cli::management::{Call, Management, text};
use crate::cli::{Common, output, typed};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UserCommand {
    /// Add a user, whose password is read from standard input
    Add {
        #[command(flatten)]
        which: Which,
        /// What the user is, such as `editors`; give it again for more, or several with commas
        #[arg(long, value_name = "ROLE", value_delimiter = ',')]
        roles: Vec<UserRole>,
    },
    /// List the users of every store, or of one
    List {
        /// The store
        #[arg(long, value_name = "STORE")]
        store: Option<UserStoreName>,
    },
    /// Show a user
    Show(Which),
    /// Let a user sign in no more; every session, grant and token of the user ends
    Lock(Which),
    /// Let a locked user sign in again
    Unlock(Which),
    /// Change what a user is; tokens that are there keep their scopes until they are renewed
    Roles(NewRoles),
    /// Give a user another password, which is read from standard input; every session, grant and token of the user ends
    ResetPassword(Which),
    /// Remove a user with every session, grant and token
    Remove(Which),
    /// List what a user gave to applications
    Grants(Which),
    /// End a grant: neither its refresh token nor its access token counts any more
    EndGrant {
        #[command(flatten)]
        which: Which,
        /// The grant's id, `gr_…`
        grant: GrantId,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UserStoreCommand {
    /// List the user stores, the one first where users are looked for who name none
    List,
}

/// A user of a store.
#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// The user's name, `@`, and the store's name, such as `alice@local`
    #[arg(value_name = "USER")]
    id: UserId,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which_roles").required(true)))]
pub(in crate::cli) struct NewRoles {
    #[command(flatten)]
    which: Which,
    /// These roles and no others; several with commas
    #[arg(long, value_name = "ROLE", value_delimiter = ',', group = "which_roles")]
    roles: Vec<UserRole>,
    /// No role at all
    #[arg(long, group = "which_roles")]
    none: bool,
}

impl Which {
    /// The segments of the user's path.
    fn path(&self) -> [&str; 4] {
        ["user-stores", self.id.store.as_str(), "users", self.id.name.as_str()]
    }

    fn change(&self, management: &Management, change: &Value) -> anyhow::Result<()> {
        management.print(&Call::patch(&self.path()).json(change))
    }
}

impl UserCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        match self {
            Self::Add { which: Which { id }, roles } => {
                let password = typed::new_password(&id.to_string())?;
                let mut fields = Changes::default();
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
                let password = typed::new_password(&which.id.to_string())?;
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
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let Self::List = self;
        let stores = common.management()?.all(|| Call::get(&["user-stores"]))?;
        output::print(&json!({ "user_stores": stores }))
    }
}
