//! The catalogue as text, for programs that read it, such as assistants: `llms.txt` and Markdown for each API. It is in English, like all that
//! programs read.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use postern_token::ApiReference;

use super::found::{Found, path};
use super::list::{lead, reference};
use super::reader::{Reader, text_headers, unknown};
use super::title;
use crate::documentation::{FirstCall, Guarded};
use crate::pages::session::Browser;
use crate::paths;
use postern_model::{ApiSummary, Tier};
use postern_openapi_import::OperationDetails;
use postern_operations as operations;
use postern_service::Service;
use postern_token::bundle::Auth;

/// The most APIs that `llms.txt` lists.
const MAX_APIS: usize = 1_000;

/// The most operations of an API that are described in full.
const MAX_DETAILS: usize = 200;

/// How many bytes a page may have before it leaves out the details of further operations: a document can repeat long texts by reference.
const MAX_TEXT: usize = 1_000_000;

/// Where the documents of this product are.
const DOCUMENTS: &str = "https://github.com/postern-gateway/postern/blob/main/docs";

/// `GET /llms.txt`
pub(crate) async fn overview(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let reader = match Reader::of_text(&service, &browser, paths::PORTAL_APIS).await {
        Ok(reader) => reader,
        Err(response) => return response,
    };
    match reader.read(|act| operations::search_apis(act, "", None, MAX_APIS)).await {
        Ok(apis) => (text_headers("text/plain; charset=utf-8"), overview_of(&reader, &apis)).into_response(),
        Err(response) => response,
    }
}

fn overview_of(reader: &Reader, apis: &[ApiSummary]) -> String {
    let issuer = reader.service().settings.issuer.as_str();
    let mut text = format!("# APIs of {}\n\n", reader.site().host());
    text.push_str("> The APIs behind the gateway, and how a program gets a token for them.\n\n## APIs\n\n");
    if apis.is_empty() {
        text.push_str("None yet.\n");
    }
    for api in apis {
        let page = path(&api.name, &api.version);
        let lead = lead(api);
        let lead = if lead.is_empty() { lead } else { format!(": {}", plain(&lead)) };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- [{} ({})]({issuer}{page}.md){lead}", plain(&title(api)), reference(api));
    }
    let _ = write!(
        text,
        "\n## Tokens\n\n- [Getting a token]({DOCUMENTS}/getting-a-token.md)\n- [Tokens for users]({DOCUMENTS}/user-tokens.md)\n\
         - [Errors of the gateway]({DOCUMENTS}/gateway.md#refusals)\n- [Endpoints of the issuer]({})\n",
        metadata(reader)
    );
    text
}

/// An API in Markdown.
pub(super) async fn api(service: &Arc<Service>, browser: &Browser, name: &str, version: &str) -> Response {
    let reader = match Reader::of_text(service, browser, &path(name, version)).await {
        Ok(reader) => reader,
        Err(response) => return response,
    };
    let Ok(reference) = ApiReference::parse(format!("{name}/{version}")) else { return unknown(reader.site()) };
    let gateway = reader.site().gateway().unwrap_or("https://GATEWAY").to_owned();
    let (issuer, metadata) = (service.settings.issuer.as_str().to_owned(), metadata(&reader));
    let read = move |act: &operations::Act<'_>| {
        let found = Found::read(act, &reference)?;
        Ok(Api { found: &found, gateway: &gateway, issuer: &issuer, metadata: &metadata }.written())
    };
    match reader.read(read).await {
        Ok(text) => (text_headers("text/markdown; charset=utf-8"), text).into_response(),
        Err(response) => response,
    }
}

fn metadata(reader: &Reader) -> String {
    let issuer = &reader.service().settings.issuer;
    format!("{}{}{}", issuer.origin(), paths::METADATA, issuer.path())
}

struct Api<'a> {
    found: &'a Found,
    gateway: &'a str,
    issuer: &'a str,
    metadata: &'a str,
}

impl Api<'_> {
    fn written(&self) -> String {
        let (summary, api) = (self.found.summary(), &self.found.api);
        let description = self.found.description();
        let operations = self.found.operations(description.as_ref());
        let base = format!("{}{}", self.gateway, api.document.context.trim_end_matches('/'));
        let mut text = format!("# {}\n\n", plain(&title(&summary)));
        let _ = writeln!(text, "- API: `{}`\n- Base URL: `{base}`", reference(&summary));
        if let Some(hosts) = &api.document.hosts {
            let _ = writeln!(text, "- Hosts: {}", hosts.join(", "));
        }
        if !api.text.tags.is_empty() {
            let tags: Vec<String> = api.text.tags.iter().map(|tag| plain(tag.as_str())).collect();
            let _ = writeln!(text, "- Tags: {}", tags.join(", "));
        }
        if let Some(description) = &api.text.description {
            let _ = write!(text, "\n{}", quoted(description.as_str()));
        }
        self.tokens(&mut text, &operations);
        text.push_str("\n## Operations\n\nThe paths are below the base URL.\n");
        for (number, operation) in operations.iter().enumerate() {
            let head = operation.head.as_ref().filter(|_| number < MAX_DETAILS && text.len() < MAX_TEXT);
            let details = head.and_then(|head| description.as_ref()?.operation(head.method, &head.path));
            write_operation(&mut text, operation, details.as_ref());
        }
        let _ = write!(
            text,
            "\n## Errors of the gateway\n\nA refusal is JSON (`application/problem+json`), with a stable `code`. 401: the token is missing, expired or \
             revoked. 403: the token lacks a scope, the subscription, or the domain of the page. 404: no such path. 429: the tier's limit \
             is reached. [All codes]({DOCUMENTS}/gateway.md#refusals)\n"
        );
        text
    }

    fn tokens(&self, text: &mut String, operations: &[Guarded]) {
        text.push_str("\n## Getting a token\n\n");
        let tiers: Vec<String> = self.found.tiers.iter().map(|tier| tier_words(self.found.api.approval, tier)).collect();
        let page = path(&self.found.api.document.name, &self.found.api.document.version);
        let _ = write!(
            text,
            "An application needs a subscription to this API ({}{page}) at one of the tiers: {}. With its consumer key and consumer secret it \
             gets a token (OAuth 2.0, client credentials):\n\n```sh\ncurl -u \"$CONSUMER_KEY:$CONSUMER_SECRET\" -d grant_type=client_credentials \
             -d scope=\"$SCOPES\" {}{}\n```\n\n",
            self.issuer,
            tiers.join("; "),
            self.issuer,
            paths::TOKEN,
        );
        let context = self.found.api.document.context.as_str();
        if let Some(call) = FirstCall::of(operations.iter().map(|operation| (context, operation))) {
            let _ = write!(
                text,
                "Then:\n\n```sh\ncurl -H \"Authorization: Bearer $TOKEN\" \"{}{}\"\n```\n\n",
                self.gateway, call.path
            );
        }
        let _ = writeln!(
            text,
            "More: [getting a token]({DOCUMENTS}/getting-a-token.md), [tokens for users]({DOCUMENTS}/user-tokens.md), [endpoints]({}).",
            self.metadata
        );
    }
}

fn write_operation(text: &mut String, operation: &Guarded, details: Option<&OperationDetails>) {
    let method = operation.method.as_deref().unwrap_or("ANY");
    let _ = writeln!(text, "\n### {method} `{}`\n", code(&operation.path));
    let head = operation.head.as_ref();
    if let Some(summary) = head.and_then(|head| head.summary.as_deref()) {
        let _ = writeln!(text, "{}\n", plain(summary));
    }
    if head.is_some_and(|head| head.deprecated) {
        text.push_str("Deprecated.\n\n");
    }
    let token = match operation.auth {
        Auth::None => "none",
        Auth::Application => "of an application",
        Auth::User => "of a user",
        Auth::Any => "of an application or of a user",
    };
    let _ = writeln!(text, "- Token: {token}");
    if !operation.scopes.is_empty() {
        let _ = writeln!(text, "- Scopes: `{}`", operation.scopes.join(" "));
    }
    if operation.needs_domain {
        text.push_str("- The request must name its domain (`Origin`).\n");
    }
    let Some(OperationDetails { description, parameters, body, responses, .. }) = details else { return };
    for parameter in parameters {
        let kind = parameter.kind.as_deref().map(|kind| format!(", {}", plain(kind))).unwrap_or_default();
        let need = if parameter.required { ", required" } else { "" };
        let words = parameter.description.as_deref().map(|words| format!(": {}", plain(words))).unwrap_or_default();
        let _ = writeln!(text, "- `{}` in the {}{kind}{need}{words}", code(&parameter.name), parameter.place);
    }
    for response in responses {
        let words = response.description.as_deref().map(plain).unwrap_or_default();
        let _ = writeln!(text, "- Answer {}: {words}", plain(&response.status));
    }
    if let Some(description) = description {
        let _ = write!(text, "\n{}", quoted(description));
    }
    if let Some(body) = body {
        let _ = writeln!(text, "\nBody: `{}`{}", code(&body.media_type), if body.required { ", required" } else { "" });
        for field in &body.fields {
            let kind = field.kind.as_deref().map(|kind| format!(", {}", plain(kind))).unwrap_or_default();
            let need = if field.required { ", required" } else { "" };
            let words = field.description.as_deref().map(|words| format!(": {}", plain(words))).unwrap_or_default();
            let _ = writeln!(text, "- field `{}`{kind}{need}{words}", code(&field.name));
        }
        if !body.example.is_empty() {
            // Indented, so that nothing in it ends the block.
            text.push('\n');
            for line in lines(&body.example) {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
}

fn tier_words(approval: bool, tier: &Tier) -> String {
    let limit =
        tier.limit.map(|limit| format!(", {} requests each {} seconds", limit.requests, limit.seconds)).unwrap_or_default();
    let approval = if approval || tier.approval { ", needs approval" } else { "" };
    format!("`{}`{limit}{approval}", tier.name)
}

/// A text of others in one line, without what would be markup.
fn plain(text: &str) -> String {
    let mut written = String::new();
    for word in text.split_whitespace() {
        if !written.is_empty() {
            written.push(' ');
        }
        for character in word.chars() {
            if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~') {
                written.push('\\');
            }
            written.push(character);
        }
    }
    written
}

/// A text of others in a code span.
fn code(text: &str) -> String {
    text.chars().map(|character| if character == '`' || character.is_control() { '?' } else { character }).collect()
}

/// The lines of a text as Markdown ends them: a carriage return alone ends one too (`CommonMark` 0.31.2 section 2.1).
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('\r'))
}

/// A text of others as a quotation, so that it ends where the others end.
fn quoted(text: &str) -> String {
    let mut written = String::new();
    for line in lines(text) {
        let _ = writeln!(written, "> {line}");
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_stay_texts() {
        assert_eq!(plain("a\n# b [x](javascript:y) <script>"), "a \\# b \\[x\\](javascript:y) \\<script\\>");
        assert_eq!(code("/a`b\n"), "/a?b?");
        assert_eq!(quoted("# One\n\n- two"), "> # One\n> \n> - two\n");
        assert_eq!(quoted("one\r# two\r\nthree"), "> one\n> # two\n> three\n");
    }
}
