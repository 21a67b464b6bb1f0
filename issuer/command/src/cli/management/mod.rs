//! The management API, for the commands that call it: in this process on a database, or on a server.

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

/// How many items of a list are asked for at once: as many as the API gives.
const PAGE: usize = 200;

/// Whoever answers calls.
pub(super) enum Management {
    /// This process.
    Local(Local),
    /// A server.
    Remote(Remote),
}

impl Management {
    /// The API on the database of `instance`.
    pub(super) fn local(instance: Instance) -> anyhow::Result<Self> {
        Local::new(instance).map(Self::Local)
    }

    /// Makes one call.
    pub(super) fn send(&self, call: &Call) -> anyhow::Result<ApiResponse> {
        match self {
            Self::Local(local) => local.send(call),
            Self::Remote(remote) => remote.send(call),
        }
    }

    /// Makes one call and prints the answer as it is.
    pub(super) fn print(&self, call: &Call) -> anyhow::Result<()> {
        self.send(call)?.print()
    }

    /// Every item of a list, whose call `list` makes.
    pub(super) fn all(&self, list: impl Fn() -> Call) -> anyhow::Result<Vec<Value>> {
        self.some(usize::MAX, list)
    }

    /// The first items of a list, as many as `most`.
    pub(super) fn some(&self, most: usize, list: impl Fn() -> Call) -> anyhow::Result<Vec<Value>> {
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

/// The text in a field of an answer.
pub(super) fn text<'a>(answer: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    answer.get(name).and_then(Value::as_str).with_context(|| format!("the server's response has no `{name}`"))
}
