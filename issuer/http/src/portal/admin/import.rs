//! Imports an API from an `OpenAPI` document: a form, what would change, and the import. And removes an API.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_token::ApiReference;

use super::import_preview::{Section, sections, warnings};
use crate::messages::Message;
use crate::pages::{Page, Site, respond};
use crate::paths;
use crate::portal::confirm::ConfirmPage;
use crate::portal::entry_form::CheckBox;
use crate::portal::entry_page::EntryPage;
use crate::portal::{EntryForm, Field, Frame, Opened, Refusal, Sent, SignedInMember};
use postern_http_types::Form;
use postern_management_api::{api_import, api_revision};
use postern_model::{ApiRecord, TierName};
use postern_openapi_import::ImportOptions;
use postern_operations::{self as operations, Act, ApiError, ApiImport, Error};

/// What precedes a tier in the name of its field.
const TIER: &str = "tier ";

/// How many tiers are boxes to check. A form has too few fields for many more: those are entered as a text instead.
const MAX_BOXES: usize = 80;

/// The revision of an API that does not exist.
const NO_REVISION: &str = "new";

#[derive(Template)]
#[template(path = "portal/preview.html")]
struct PreviewPage {
    site: Site,
    frame: Frame,
    title: Message,
    warnings: Vec<Message>,
    sections: Vec<Section>,
    fields: Vec<(&'static str, String)>,
    problem: Option<Message>,
}

impl Page for PreviewPage {
    fn has_script(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        if self.problem.is_some() { StatusCode::CONFLICT } else { StatusCode::OK }
    }
}

/// What a form asks for.
#[derive(Default)]
struct Wanted {
    document: String,
    name: Option<String>,
    version: Option<String>,
    context: Option<String>,
    hosts_of_servers: bool,
    replace_other_schemes: bool,
    approval: bool,
    tiers: Vec<String>,
}

impl Wanted {
    fn of(form: &Form) -> Self {
        let text = |name: &str| form.value(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let boxes = form.names().filter_map(|name| name.strip_prefix(TIER));
        let named = form.value("tiers").unwrap_or_default().split_ascii_whitespace();
        Self {
            // Browsers send each line break as two characters.
            document: form.value("document").unwrap_or_default().replace("\r\n", "\n"),
            name: text("name"),
            version: text("version"),
            context: text("context"),
            hosts_of_servers: form.value("hosts_of_servers").is_some(),
            replace_other_schemes: form.value("replace_other_schemes").is_some(),
            approval: form.value("approval").is_some(),
            tiers: boxes.chain(named).map(str::to_owned).collect(),
        }
    }

    /// An API as it is, for a form that changes it.
    fn of_api(api: &ApiRecord, document: Option<Vec<u8>>) -> Self {
        Self {
            document: document.map(|document| String::from_utf8_lossy(&document).into_owned()).unwrap_or_default(),
            name: Some(api.document.name.clone()),
            version: Some(api.document.version.clone()),
            context: Some(api.document.context.clone()),
            hosts_of_servers: api.document.hosts.is_some(),
            approval: api.approval,
            tiers: api.tiers.iter().flatten().map(ToString::to_string).collect(),
            ..Self::default()
        }
    }

    fn import(&self) -> Result<ApiImport, Error> {
        let options = ImportOptions {
            name: self.name.clone(),
            version: self.version.clone(),
            context: self.context.clone(),
            hosts_of_servers: self.hosts_of_servers,
            replace_other_schemes: self.replace_other_schemes,
        };
        // A name that no tier can have is that of no tier: there is none in the form.
        let tiers: Vec<TierName> = self.tiers.iter().filter_map(|tier| tier.parse().ok()).collect();
        let tiers = Some(tiers).filter(|tiers| !tiers.is_empty());
        api_import(self.document.as_bytes(), &options, Some(self.approval), Some(tiers))
    }

    /// The fields of a form that asks for the same.
    fn fields(self) -> Vec<(&'static str, String)> {
        let flags = [
            ("hosts_of_servers", self.hosts_of_servers),
            ("replace_other_schemes", self.replace_other_schemes),
            ("approval", self.approval),
        ];
        let texts = [("name", self.name), ("version", self.version), ("context", self.context)];
        let mut fields = vec![("document", self.document), ("tiers", self.tiers.join(" "))];
        fields.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text?))));
        fields.extend(flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (name, "on".to_owned())));
        fields
    }
}

/// What was found of an import, or the problems of its document.
type Prepared<T> = Result<T, Vec<String>>;

/// Reads a document; its problems are no error.
fn prepared<T>(result: Result<T, Error>) -> Result<Prepared<T>, Error> {
    match result {
        Ok(found) => Ok(Ok(found)),
        Err(Error::Api(ApiError::Invalid(problems))) => {
            Ok(Err(problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect()))
        }
        Err(error) => Err(error),
    }
}

/// `GET /portal/import?api=`
pub(in crate::portal) async fn show(Opened { member, query }: Opened) -> Result<Response, Response> {
    let wanted = match named(&query) {
        None => Wanted::default(),
        Some(api) => {
            let read = move |act: &Act<'_>| {
                let document = match operations::show_openapi(act, &api) {
                    Ok(document) => document.content(),
                    Err(Error::Api(ApiError::NoOpenApi(_))) => None,
                    Err(error) => return Err(error),
                };
                Ok(Wanted::of_api(&operations::show_api(act, &api)?, document))
            };
            member.fetch(read).await?
        }
    };
    form_page(&member, wanted, None, Vec::new()).await
}

/// `POST /portal/import`
pub(in crate::portal) async fn preview(Sent { member, form }: Sent) -> Result<Response, Response> {
    preview_page(&member, Wanted::of(&form), None).await
}

/// `POST /portal/import/apply`
pub(in crate::portal) async fn apply(Sent { member, form }: Sent) -> Result<Response, Response> {
    let wanted = Wanted::of(&form);
    if form.value("edit").is_some() {
        return form_page(&member, wanted, None, Vec::new()).await;
    }
    let seen = form.value("revision").unwrap_or_default().to_owned();
    // Parsing is costly, so it is done outside the write transaction.
    let (wanted, import) = match member.read(move |_| Ok((prepared(wanted.import())?, wanted))).await {
        Ok((Ok(import), wanted)) => (wanted, import),
        Ok((Err(problems), wanted)) => return form_page(&member, wanted, Some("import-refused".into()), problems).await,
        Err(refusal) => return Err(refusal.or(|text| broken_form(&member, text))),
    };
    let run = move |act: &Act<'_>| {
        let same = |before: Option<&ApiRecord>| {
            if revision(before) == seen { Ok(true) } else { Err(Error::PreconditionFailed) }
        };
        match operations::import_api(act, &import, same) {
            Ok((api, _)) => Ok(Some(api.reference())),
            Err(Error::PreconditionFailed) => Ok(None),
            Err(error) => Err(error),
        }
    };
    match member.write(run).await {
        Ok(Some(reference)) => {
            let path = format!("{}/{reference}", paths::PORTAL_APIS);
            Ok(Redirect::to(&member.service().at(&path)).into_response())
        }
        Ok(None) => preview_page(&member, wanted, Some("import-changed-meanwhile".into())).await,
        Err(Refusal::Text(text)) => form_page(&member, wanted, Some(text), Vec::new()).await,
        Err(Refusal::Page(response)) => Err(response),
    }
}

/// `GET /portal/import/remove?api=`
pub(in crate::portal) async fn ask(Opened { member, query }: Opened) -> Result<Response, Response> {
    let Some(api) = named(&query) else { return Ok(Redirect::to(&member.service().at(paths::PORTAL_APIS)).into_response()) };
    let reference = api.clone();
    let found = member.fetch(move |act| operations::show_api(act, &reference)).await?;
    let title = Message::new("api-remove-title").with("api", api.as_str());
    let question = ConfirmPage::new(&member, title, "api-remove-consequence");
    let back = format!("{}/{api}", paths::PORTAL_APIS);
    let question = question.answer(paths::PORTAL_API_REMOVE.to_owned(), "remove", back);
    Ok(respond(&question.field("api", api.as_str().to_owned()).field("revision", revision(Some(&found)))))
}

/// `POST /portal/import/remove`
pub(in crate::portal) async fn remove(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(api) = named(&form) else { return Err(broken_form(&member, "choose-row".into())) };
    let seen = form.value("revision").unwrap_or_default().to_owned();
    let run = move |act: &Act<'_>| match operations::remove_api(act, &api, true, |found| revision(Some(found)) == seen) {
        Err(Error::PreconditionFailed) => Ok(false),
        result => result.map(|_| true),
    };
    match member.write(run).await {
        Ok(true) => Ok(Redirect::to(&member.service().at(paths::PORTAL_APIS)).into_response()),
        Ok(false) => Err(broken_form(&member, "import-changed-meanwhile".into())),
        Err(refusal) => Err(refusal.or(|text| broken_form(&member, text))),
    }
}

fn broken_form(member: &SignedInMember, text: Message) -> Response {
    let ask = crate::pages::Ask::NoOne;
    crate::pages::error_page::problem(member.site(), StatusCode::CONFLICT, "not-possible", text, ask)
}

fn named(form: &Form) -> Option<ApiReference<'static>> {
    ApiReference::parse(form.value("api")?.to_owned()).ok()
}

/// What a form keeps of the API that it was made for.
fn revision(api: Option<&ApiRecord>) -> String {
    api.and_then(api_revision).unwrap_or_else(|| NO_REVISION.to_owned())
}

async fn preview_page(member: &SignedInMember, wanted: Wanted, problem: Option<Message>) -> Result<Response, Response> {
    let read = move |act: &Act<'_>| {
        let found = prepared(wanted.import().and_then(|import| operations::preview_import(act, &import)));
        Ok((found, wanted))
    };
    let (found, wanted) = match member.read(read).await {
        Ok(found) => found,
        Err(refusal) => return Err(refusal.or(|text| broken_form(member, text))),
    };
    let (before, after) = match found {
        Ok(Ok(found)) => found,
        Ok(Err(problems)) => return form_page(member, wanted, Some("import-refused".into()), problems).await,
        Err(error) => {
            let text = postern_management_api::refusal_message(&error).map(|(_, code, text)| crate::portal::refusal(code, &text));
            return form_page(member, wanted, Some(text.unwrap_or_else(|| "import-refused".into())), Vec::new()).await;
        }
    };
    let site = member.site().clone();
    let title = if before.is_some() { "import-preview-change" } else { "import-preview-new" };
    let mut fields = wanted.fields();
    fields.push(("revision", revision(before.as_ref())));
    Ok(respond(&PreviewPage {
        frame: Frame::of(member),
        title: Message::new(title).with("api", after.reference()),
        warnings: warnings(before.as_ref(), &after),
        sections: sections(&site, before.as_ref(), &after),
        fields,
        problem,
        site,
    }))
}

/// The form, with what is wrong with it.
async fn form_page(
    member: &SignedInMember,
    wanted: Wanted,
    problem: Option<Message>,
    details: Vec<String>,
) -> Result<Response, Response> {
    let tiers = member.fetch(operations::list_tiers).await?;
    let offered = if tiers.len() > MAX_BOXES {
        Field::text("tiers", "import-tiers").value(wanted.tiers.join(" "))
    } else {
        let offer = |name: &TierName| CheckBox {
            name: format!("{TIER}{name}"),
            text: name.to_string(),
            hint: None,
            is_checked: wanted.tiers.contains(&name.to_string()),
        };
        Field::boxes("tiers", "import-tiers", tiers.iter().map(|tier| offer(&tier.name)).collect())
    };
    let check = |name, label, is_set: bool| Field::check(name, label).value(if is_set { "on" } else { "" });
    let form = EntryForm::new(paths::PORTAL_IMPORT.to_owned(), "import-preview")
        .field(Field::document("document", "import-document").required().hint("import-document-hint").value(wanted.document))
        .field(Field::text("name", "import-name").hint("import-name-hint").value(wanted.name.unwrap_or_default()))
        .field(Field::text("version", "import-version").hint("import-version-hint").value(wanted.version.unwrap_or_default()))
        .field(Field::text("context", "import-context").hint("import-context-hint").value(wanted.context.unwrap_or_default()))
        .field(offered.hint("import-tiers-hint"))
        .field(check("approval", "tier-needs-approval", wanted.approval))
        .field(check("hosts_of_servers", "import-hosts-of-servers", wanted.hosts_of_servers))
        .field(check("replace_other_schemes", "import-replace-schemes", wanted.replace_other_schemes));
    let above = (paths::PORTAL_APIS.to_owned(), Message::new("apis"));
    Ok(respond(&EntryPage::new(member, "import-api".into(), above, form, problem).details(details)))
}
