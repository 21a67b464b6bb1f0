//! The branding: a form, a preview, and saving what the preview shows. A logo comes by the command line or the management API; here it
//! can only be removed.

use askama::Template;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::messages::Message;
use crate::pages::{Page, Site, Theme, respond, served};
use crate::paths;
use crate::portal::entry_form::Kind;
use crate::portal::{Cell, EntryForm, Field, Frame, Listing, Opened, Outcome, Row, Sent, SignedInMember, refusal};
use postern_http_types::Form;
use postern_model::{AccentColour, Branding, SignInText, WebLink};
use postern_operations::{self as operations, Act, Error};

const COLUMNS: [&str; 2] = ["setting", "setting-value"];

/// The number of the version that the member saw.
const VERSION: &str = "version";

/// The field of a member who has seen the preview.
const SAVE: &str = "save";

/// The fields of the form that are texts.
const FIELDS: [&str; 7] = ["name", "accent", "help_url", "privacy_url", "terms_url", "sign_in_text_en", "sign_in_text_de"];

/// `GET /portal/branding`
pub(in crate::portal) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, None, Outcome::Nothing).await
}

/// `GET /portal/branding/preview?accent=`: the style sheet of a preview.
pub(in crate::portal) async fn style(Opened { query, .. }: Opened) -> Response {
    let accent = query.value("accent").and_then(|text| text.parse::<AccentColour>().ok());
    match accent {
        Some(accent) => {
            let style = Theme::new(accent, ".preview").style;
            served("text/css; charset=utf-8", style, HeaderValue::from_static("no-store"))
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `POST /portal/branding`: shows what was entered, or saves it after the preview.
pub(in crate::portal) async fn change(Sent { member, form }: Sent) -> Result<Response, Response> {
    let (before, _) = member.fetch(operations::load_branding).await?;
    let branding = match read(&form, &before) {
        Ok(branding) => branding,
        Err(problems) => return page(&member, Some((&form, problems)), Outcome::Wrong("settings-wrong".into())).await,
    };
    let seen: Option<u64> = form.value(VERSION).and_then(|text| text.parse().ok());
    let Some(seen) = seen else { return page(&member, None, Outcome::Wrong("settings-stale".into())).await };
    if form.value(SAVE).is_none() {
        return Ok(preview(&member, branding, &form, seen));
    }
    let save = move |act: &Act<'_>| match operations::change_branding(act, &branding, |_, version| seen == version) {
        Err(Error::PreconditionFailed) => Ok(false),
        result => result.map(|_| true),
    };
    let is_saved = match member.write(save).await {
        Ok(is_saved) => is_saved,
        Err(refused) => return page(&member, Some((&form, Vec::new())), Outcome::Wrong(refused.text()?)).await,
    };
    if !is_saved {
        return page(&member, None, Outcome::Wrong("settings-stale".into())).await;
    }
    // If it fails, the background task notices the change a little later.
    let _ = member.service().refresh_branding().await;
    page(&member.with_current_branding(), None, Outcome::Done("branding-saved".into())).await
}

/// What is wrong with each field.
type Problems = Vec<(&'static str, Message)>;

/// What was entered. The logo stays, unless it is removed.
fn read(form: &Form, before: &Branding) -> Result<Branding, Problems> {
    let mut problems = Problems::new();
    let logo = before.logo.clone().filter(|_| form.value("remove_logo").is_none());
    let branding = Branding {
        name: parsed(form, "name", "wrong_portal_name", &mut problems),
        logo,
        accent: parsed(form, "accent", "wrong_accent", &mut problems),
        help_url: parsed(form, "help_url", "wrong_link", &mut problems),
        privacy_url: parsed(form, "privacy_url", "wrong_link", &mut problems),
        terms_url: parsed(form, "terms_url", "wrong_link", &mut problems),
        sign_in_text_en: parsed(form, "sign_in_text_en", "wrong_sign_in_text", &mut problems),
        sign_in_text_de: parsed(form, "sign_in_text_de", "wrong_sign_in_text", &mut problems),
    };
    if problems.is_empty() { Ok(branding) } else { Err(problems) }
}

/// The value of a field; `None` if it is empty or wrong. `code` names what is wrong.
fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    form: &Form,
    name: &'static str,
    code: &'static str,
    problems: &mut Problems,
) -> Option<T> {
    let text = form.value(name).map(str::trim).filter(|text| !text.is_empty())?;
    text.parse().map_err(|error: T::Err| problems.push((name, refusal(code, &error.to_string())))).ok()
}

fn link(link: Option<&WebLink>) -> String {
    link.map(|link| link.as_str().to_owned()).unwrap_or_default()
}

fn text(text: Option<&SignInText>) -> String {
    text.map(|text| text.as_str().to_owned()).unwrap_or_default()
}

/// The texts of a branding, in the order of [`FIELDS`].
fn texts(branding: &Branding) -> [String; 7] {
    [
        branding.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
        branding.accent.map(|accent| accent.to_string()).unwrap_or_default(),
        link(branding.help_url.as_ref()),
        link(branding.privacy_url.as_ref()),
        link(branding.terms_url.as_ref()),
        text(branding.sign_in_text_en.as_ref()),
        text(branding.sign_in_text_de.as_ref()),
    ]
}

fn form(branding: &Branding, version: u64) -> EntryForm {
    let [name, accent, help, privacy, terms, english, german] = texts(branding);
    let form = EntryForm::new(paths::PORTAL_BRANDING.to_owned(), "branding-preview")
        .heading("branding-change")
        .field(Field::text("name", "branding-name").value(name).hint("branding-name-hint"))
        .field(Field::text("accent", "branding-accent").value(accent).hint("branding-accent-hint"))
        .field(Field::text("help_url", "branding-help").value(help).hint("branding-link-hint"))
        .field(Field::text("privacy_url", "branding-privacy").value(privacy).hint("branding-link-hint"))
        .field(Field::text("terms_url", "branding-terms").value(terms).hint("branding-link-hint"))
        .field(Field::lines("sign_in_text_en", "branding-text-en").value(english).hint("branding-text-hint"))
        .field(Field::lines("sign_in_text_de", "branding-text-de").value(german))
        .hidden(VERSION, version.to_string());
    if branding.logo.is_some() { form.field(Field::check("remove_logo", "branding-logo-remove")) } else { form }
}

async fn page(member: &SignedInMember, sent: Option<(&Form, Problems)>, outcome: Outcome) -> Result<Response, Response> {
    let (branding, version) = member.fetch(operations::load_branding).await?;
    let logo = branding.logo.as_ref().map_or(Cell::Empty, |logo| {
        let size = logo.as_bytes().len();
        Cell::Message(Message::new("branding-logo-is").with("type", logo.media_type()).with("bytes", size))
    });
    let labels = [
        "branding-name",
        "branding-accent",
        "branding-help",
        "branding-privacy",
        "branding-terms",
        "branding-text-en",
        "branding-text-de",
    ];
    let value = |text: String| if text.is_empty() { Cell::Empty } else { Cell::Text(text) };
    let shown = labels.into_iter().zip(texts(&branding).map(value)).chain([("branding-logo", logo)]);
    let rows = shown.map(|(label, value)| Row::new(vec![Cell::Message(Message::from(label)), value])).collect();
    let mut form = form(&branding, version);
    if let Some((sent, problems)) = sent {
        form = form.filled(Some(sent));
        for (name, problem) in problems {
            form.refuse(name, &problem);
        }
    }
    let listing = Listing::new(member, "branding", &COLUMNS, "none").intro("branding-intro").rows(rows).form(form);
    Ok(respond(&listing.outcome(outcome)))
}

/// What was entered, before it is saved.
#[derive(Template)]
#[template(path = "portal/branding_preview.html")]
struct PreviewPage {
    site: Site,
    frame: Frame,
    /// The style sheet with the colour.
    style: Option<String>,
    /// The address of the logo that stays.
    logo: Option<String>,
    branding: Branding,
    form: EntryForm,
}

impl Page for PreviewPage {
    fn has_script(&self) -> bool {
        true
    }
}

fn preview(member: &SignedInMember, branding: Branding, sent: &Form, seen: u64) -> Response {
    let site = member.site().clone();
    let style = branding.accent.map(|accent| {
        // The colour begins with `#`, which would end the address.
        let accent = accent.to_string().replace('#', "%23");
        site.at(&format!("{}?accent={accent}", paths::PORTAL_BRANDING_PREVIEW))
    });
    let mut form = EntryForm::new(paths::PORTAL_BRANDING.to_owned(), "save").hidden(VERSION, seen.to_string()).hidden(SAVE, "on");
    for (name, text) in FIELDS.into_iter().zip(texts(&branding)) {
        form = form.hidden(name, text);
    }
    if sent.value("remove_logo").is_some() {
        form = form.hidden("remove_logo", "on");
    }
    let logo = site.logo().filter(|_| branding.logo.is_some());
    respond(&PreviewPage { frame: Frame::of(member), style, logo, branding, form, site })
}
