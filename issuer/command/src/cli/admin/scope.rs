//! `postern admin scope`

use clap::{ArgGroup, Args, Subcommand};
use postern_model::{Role, UserRole};
use serde_json::{Value, json};

use crate::cli::arguments::one_scope;
use crate::cli::context::CommandContext;
use crate::cli::management::{Call, Management};
use crate::cli::references::ClientKeysArguments;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ScopeCommand {
    /// Create a scope that no API lists, such as one that only an upstream checks; every application and user may have it
    #[command(alias = "declare")]
    Create(ScopeArgument),
    /// List the scopes that have rules, or the scopes of key sets that wait for approval
    List {
        /// List the scopes that wait for approval, each with its key set
        #[arg(long)]
        waiting: bool,
    },
    /// Show the rules for a scope
    Show(ScopeArgument),
    /// Change the rules for a scope; rules for which no option is given stay the same
    ///
    /// Existing tokens keep the scope until they are renewed.
    #[command(
        alias = "bind",
        after_help = "\
Examples:
  postern admin scope change orders:write --roles editors
  postern admin scope change admin --member-roles administrator
  postern admin scope change reports --approval true --description 'Read the monthly reports'"
    )]
    Change(Change),
    /// Delete all rules for a scope; a scope that no API lists is then unknown again, as before `create`
    #[command(alias = "unbind")]
    Delete(ScopeArgument),
    #[command(hide = true)]
    Waiting,
    /// Approve a scope for a key set
    Approve {
        #[command(flatten)]
        which: ScopeArgument,
        #[command(flatten)]
        keys: ClientKeysArguments,
    },
    /// Withdraw the approval of a scope for a key set; existing tokens keep the scope
    Withdraw {
        #[command(flatten)]
        which: ScopeArgument,
        #[command(flatten)]
        keys: ClientKeysArguments,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ScopeArgument {
    /// Name of the scope
    #[arg(value_parser = one_scope)]
    scope: String,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("rules").required(true).multiple(true)))]
pub(in crate::cli) struct Change {
    #[command(flatten)]
    which: ScopeArgument,
    /// Allow the scope only to users with one of these roles, separated by commas
    #[arg(long, value_name = "ROLE", value_delimiter = ',', group = "rules")]
    roles: Vec<UserRole>,
    /// Allow the scope only to applications whose owner has one of these roles, separated by commas
    #[arg(long, value_name = "ROLE", value_delimiter = ',', group = "rules")]
    member_roles: Vec<Role>,
    /// Whether an administrator must approve the scope for each key set
    #[arg(long, value_name = "BOOL", group = "rules")]
    approval: Option<bool>,
    /// What the scope allows, for people; `""` removes it
    #[arg(long, value_name = "TEXT", group = "rules")]
    description: Option<String>,
}

impl ScopeCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Change(command) => command.run(&management),
            Self::Create(ScopeArgument { scope }) => {
                // A scope that has rules keeps them.
                let known = management.send(&Call::get(&["scopes", &scope]))?;
                management.print(&Call::put(&["scopes", &scope]).json(&rules(&known.json()?)).if_match(known.tag))
            }
            Self::Delete(ScopeArgument { scope }) => {
                context.confirmation.ask(|| {
                    Ok(format!("Delete all rules for the scope `{scope}`? Every application and user may have it then."))
                })?;
                management.send(&Call::delete(&["scopes", &scope]))?;
                management.printer.print(&json!({ "removed": scope }))
            }
            Self::List { waiting: false } => management.print_list("scopes", || Call::get(&["scopes"])),
            Self::List { waiting: true } | Self::Waiting => management.print_list("scopes", || Call::get(&["waiting-scopes"])),
            Self::Show(ScopeArgument { scope }) => management.print(&Call::get(&["scopes", &scope])),
            Self::Approve { which, keys } => decide(&management, &which, &keys, true),
            Self::Withdraw { which, keys } => decide(&management, &which, &keys, false),
        }
    }
}

impl Change {
    /// Reads the rules first, to keep what is not given, and changes them only if they have not been changed since.
    fn run(self, management: &Management) -> anyhow::Result<()> {
        let path = ["scopes", &self.which.scope];
        let now = management.send(&Call::get(&path))?;
        let mut rules = rules(&now.json()?);
        if let Some(rules) = rules.as_object_mut() {
            if !self.roles.is_empty() {
                rules.insert("roles".into(), json!(self.roles));
            }
            if !self.member_roles.is_empty() {
                rules.insert("member_roles".into(), json!(self.member_roles));
            }
            if let Some(approval) = self.approval {
                rules.insert("approval".into(), approval.into());
            }
            match self.description.as_deref() {
                None => {}
                Some("") => drop(rules.remove("description")),
                Some(description) => drop(rules.insert("description".into(), description.into())),
            }
        }
        management.print(&Call::put(&path).json(&rules).if_match(now.tag))
    }
}

/// The body that keeps the rules that are shown.
fn rules(shown: &Value) -> Value {
    let of = |name: &str| shown.get(name).cloned().unwrap_or_default();
    let mut rules = json!({ "roles": of("roles"), "member_roles": of("member_roles"), "approval": of("approval") });
    if let (Some(rules), Some(description)) = (rules.as_object_mut(), shown.get("description")) {
        rules.insert("description".into(), description.clone());
    }
    rules
}

fn decide(management: &Management, which: &ScopeArgument, keys: &ClientKeysArguments, approved: bool) -> anyhow::Result<()> {
    let keys = keys.resolve(management)?;
    let path = [&keys.path()[..], &["scopes", &which.scope]].concat();
    management.print(&Call::patch(&path).json(&json!({ "approved": approved })))
}
