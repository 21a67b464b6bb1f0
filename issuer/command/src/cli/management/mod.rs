//! A client of the management API: local, on a database in this process, or remote, on a server.

mod call;
mod local;
mod remote;
mod response;
mod server_address;

use anyhow::Context as _;
use postern_operations::Instance;
use serde_json::Value;

pub(super) use call::Call;
use local::Local;
pub(super) use remote::Remote;
pub(super) use response::{ApiResponse, ErrorResponse};
pub(super) use server_address::{ServerAddress, ServerAddressError};

use crate::cli::output::{self, Printer};

/// The page size of lists: the maximum of the API.
const PAGE: usize = 200;

/// The management API that a command uses, and the form of the command's results.
pub(super) struct Management {
    target: Target,
    pub(super) printer: Printer,
}

enum Target {
    /// In this process.
    Local(Local),
    /// On a server.
    Remote(Remote),
}

impl Management {
    /// The API on the database of `instance`.
    pub(super) fn local(instance: Instance, printer: Printer) -> anyhow::Result<Self> {
        Ok(Self { target: Target::Local(Local::new(instance)?), printer })
    }

    /// The API on a server.
    pub(super) const fn remote(remote: Remote, printer: Printer) -> Self {
        Self { target: Target::Remote(remote), printer }
    }

    /// The address of the server; `None` in this process.
    pub(super) fn server(&self) -> Option<&str> {
        match &self.target {
            Target::Local(_) => None,
            Target::Remote(remote) => Some(remote.server()),
        }
    }

    /// Sends one call.
    pub(super) fn send(&self, call: &Call) -> anyhow::Result<ApiResponse> {
        match &self.target {
            Target::Local(local) => local.send(call),
            Target::Remote(remote) => remote.send(call),
        }
    }

    /// Sends one call and prints the response.
    pub(super) fn print(&self, call: &Call) -> anyhow::Result<()> {
        self.printer.print_json(&self.send(call)?.body)
    }

    /// Prints all items of a list, which JSON shows in the field `name`. `list` makes the call for a page.
    pub(super) fn print_list(&self, name: &str, list: impl Fn() -> Call) -> anyhow::Result<()> {
        self.printer.print_list(name, self.all(list)?)
    }

    /// Sends one call, prints the response, and prints the warnings in it about the token or its scopes.
    pub(super) fn print_with_warnings(&self, call: &Call) -> anyhow::Result<()> {
        let response = self.send(call)?;
        response.warnings().iter().for_each(|warning| output::warn(warning));
        self.printer.print_json(&response.body)
    }

    /// All items of a list. `list` makes the call for a page.
    pub(super) fn all(&self, list: impl Fn() -> Call) -> anyhow::Result<Vec<Value>> {
        self.first(usize::MAX, list)
    }

    /// The first items of a list, at most `most`.
    pub(super) fn first(&self, most: usize, list: impl Fn() -> Call) -> anyhow::Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        while items.len() < most {
            let limit = (most - items.len()).min(PAGE).to_string();
            let mut page = self.send(&list().query("limit", Some(limit)).query("after", after.as_ref()))?.json()?;
            match page.get_mut("items").map(Value::take) {
                Some(Value::Array(page)) => items.extend(page),
                _ => anyhow::bail!("the server's response is not a list: check that its address is that of a Postern issuer"),
            }
            let next = page.get("next").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() || next == after {
                break;
            }
            after = next;
        }
        Ok(items)
    }
}

/// The string in a field of a response.
pub(super) fn text<'a>(response: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    response.get(name).and_then(Value::as_str).with_context(|| format!("the server's response has no `{name}`"))
}
