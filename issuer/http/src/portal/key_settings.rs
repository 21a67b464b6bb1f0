//! The settings of an environment's keys: how the client obtains tokens, where users return to it, and what its new tokens may do.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_token::{KeyType, Scopes};

use super::application::unknown;
use super::applications::application_path;
use super::choices::{addresses, domains, items, named, validity, validity_text};
use super::entry_form::CheckBox;
use super::entry_page::EntryPage;
use super::keys::{lines, parsed};
use super::tokens::path;
use super::warning::warning_words;
use super::{EntryForm, Field, Opened, Refusal, Sent, SignedInMember, refusal};
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use postern_http_types::Form;
use postern_management_api::keys_revision;
use postern_model::{ApplicationId, GrantType, RedirectUri};
use postern_operations::{self as operations, Act, Error, KeyChanges, KeyDetails};

/// What precedes a grant type in the name of its field.
const GRANT_TYPE: &str = "grant ";

/// `GET /portal/applications/{id}/keys/{key_type}/settings`
pub(super) async fn show(Path(place): Path<(String, String)>, Opened { member, .. }: Opened) -> Result<Response, Response> {
    let (id, key_type) = parsed(&place).ok_or_else(|| unknown(member.site()))?;
    page(&member, id, key_type, None, None).await
}

/// `POST /portal/applications/{id}/keys/{key_type}/settings`
pub(super) async fn change(Path(place): Path<(String, String)>, Sent { member, form }: Sent) -> Result<Response, Response> {
    let (id, key_type) = parsed(&place).ok_or_else(|| unknown(member.site()))?;
    let changes = match read(&form) {
        Ok(changes) => changes,
        Err(problem) => return page(&member, id, key_type, Some(&form), Some(problem)).await,
    };
    let (application, shown) = (id.clone(), form.value("revision").map(str::to_owned));
    let change = move |act: &Act<'_>| {
        // What the form showed: the settings may have changed meanwhile.
        let expected = |keys: &KeyDetails| shown.is_some() && keys_revision(keys) == shown;
        match operations::change_keys(act, &application, key_type, changes, expected) {
            Err(Error::PreconditionFailed) => Ok(None),
            result => result.map(Some),
        }
    };
    match member.write(change).await {
        Ok(None) => page(&member, id, key_type, None, Some("key-settings-changed".into())).await,
        Ok(Some(keys)) => {
            // The page of the settings says what is the matter with a scope.
            let is_plain = keys.scopes.iter().all(|held| held.warning.is_none());
            let next = if is_plain { application_path(id.as_str()) } else { path(paths::PORTAL_KEY_SETTINGS, &id, key_type) };
            Ok(Redirect::to(&member.service().at(&next)).into_response())
        }
        Err(Refusal::Text(problem)) => page(&member, id, key_type, Some(&form), Some(problem)).await,
        Err(Refusal::Page(response)) => Err(response),
    }
}

fn read(form: &Form) -> Result<KeyChanges, Message> {
    let text = |name: &str| form.value(name).unwrap_or_default();
    let is_chosen = |grant_type: &GrantType| form.value(&field(*grant_type)).is_some();
    let scopes = match items(text("scopes")).collect::<Vec<_>>().join(" ") {
        none if none.is_empty() => None,
        scopes => Some(Scopes::parse(scopes).map_err(|error| refusal("wrong_scope", &error.to_string()))?),
    };
    Ok(KeyChanges {
        domains: Some(domains(text("domains"))?),
        ips: Some(addresses(text("ips"))?),
        scopes: Some(scopes),
        validity: validity(text("lifetime"))?,
        grant_types: Some(GrantType::ALL.into_iter().filter(is_chosen).collect()),
        redirect_uris: Some(redirect_uris(text("redirect_uris"))?),
        public: Some(form.value("public").is_some()),
        user_validity: Some(validity(text("user_lifetime"))?),
        one_grant: Some(form.value("one_grant").is_some()),
        version_named: true,
    })
}

/// The redirect URIs, one on each line: unlike other items they may have commas.
fn redirect_uris(text: &str) -> Result<Vec<RedirectUri>, Message> {
    let parse = |uri: &str| uri.parse::<RedirectUri>().map_err(|error| error.to_string());
    text.split_whitespace().map(|uri| named(uri, "wrong_redirect_uri", parse)).collect()
}

fn field(grant_type: GrantType) -> String {
    format!("{GRANT_TYPE}{}", grant_type.as_str())
}

async fn page(
    member: &SignedInMember,
    id: ApplicationId,
    key_type: KeyType,
    sent: Option<&Form>,
    problem: Option<Message>,
) -> Result<Response, Response> {
    let application = id.clone();
    let read = move |act: &Act<'_>| {
        let name = operations::show_application(act, &application)?.application.name;
        Ok((name, operations::show_keys(act, &application, key_type)?))
    };
    let (name, keys) = member.fetch(read).await?;
    // The revision of what the form was made from: a form with wrong fields keeps its own.
    let revision = sent.map_or_else(|| keys_revision(&keys), |sent| sent.value("revision").map(str::to_owned));
    let form =
        EntryForm::new(path(paths::PORTAL_KEY_SETTINGS, &id, key_type), "save").hidden("revision", revision.unwrap_or_default());
    let form = fields(form, &keys).filled(sent);
    let above = (application_path(id.as_str()), Message::new("to-application").with("application", name.as_str()));
    let title = Message::new("key-settings-title").with("environment", Message::new(key_type.as_str()));
    let warnings = keys.scopes.iter().filter_map(|held| held.warning.as_ref()).map(warning_words).collect();
    Ok(respond(&EntryPage::new(member, title, above, form, problem).warnings(warnings)))
}

fn fields(form: EntryForm, keys: &KeyDetails) -> EntryForm {
    let settings = &keys.key_set;
    let check = |name, label, is_set: bool| Field::check(name, label).value(if is_set { "on" } else { "" });
    let boxes = GrantType::ALL.into_iter().map(|grant_type| CheckBox {
        name: field(grant_type),
        text: grant_type.as_str().to_owned(),
        hint: Some(grant_type_words(grant_type)),
        is_checked: settings.grant_types.contains(&grant_type),
    });
    let scopes = settings.restrictions.scopes.as_ref().map(Scopes::as_str).unwrap_or_default();
    let uris: Vec<&str> = settings.redirect_uris.iter().map(RedirectUri::as_str).collect();
    form.field(Field::boxes("grant_types", "grant-types", boxes.collect()).hint("grant-types-hint"))
        .field(Field::lines("redirect_uris", "redirect-uris").hint("redirect-uris-hint").value(uris.join("\n")))
        .field(check("public", "client-public", settings.for_users.public).hint("client-public-hint"))
        .field(check("one_grant", "one-grant", settings.for_users.one_grant).hint("one-grant-hint"))
        .field(Field::lines("scopes", "scopes-by-spaces").value(scopes))
        .field(
            Field::lines("domains", "allowed-domains").hint("allowed-domains-hint").value(lines(&settings.restrictions.domains)),
        )
        .field(Field::lines("ips", "allowed-addresses").hint("allowed-addresses-hint").value(lines(&settings.restrictions.ips)))
        .field(
            Field::text("lifetime", "tokens-valid-for")
                .required()
                .hint("lifetime-of-tokens-hint")
                .value(validity_text(settings.validity)),
        )
        .field(
            Field::text("user_lifetime", "lifetime-of-user-tokens")
                .hint("lifetime-of-user-tokens-hint")
                .value(settings.for_users.validity.map(validity_text).unwrap_or_default()),
        )
}

/// What a grant type is for.
pub(super) const fn grant_type_words(grant_type: GrantType) -> &'static str {
    match grant_type {
        GrantType::ClientCredentials => "grant-client-credentials",
        GrantType::AuthorizationCode => "grant-authorization-code",
        GrantType::RefreshToken => "grant-refresh-token",
        GrantType::DeviceCode => "grant-device-code",
        GrantType::Password => "grant-password",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;
    use postern_model::Validity;

    fn form(text: &str) -> Form {
        Form::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_fields_become_changes() {
        let changes = read(&form(
            "grant+authorization_code=on&grant+refresh_token=on&redirect_uris=https%3A%2F%2Fa.example%2Fx,y%0D%0Acom.example.app%3A%2Fback\
             &public=on&scopes=orders+menu&domains=a.example&ips=&lifetime=1h&user_lifetime=never",
        ))
        .unwrap();
        assert_eq!(changes.grant_types, Some(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]));
        let uris: Vec<String> = changes.redirect_uris.unwrap().iter().map(|uri| uri.as_str().to_owned()).collect();
        assert_eq!(uris, ["https://a.example/x,y", "com.example.app:/back"]);
        assert_eq!((changes.public, changes.one_grant), (Some(true), Some(false)));
        assert_eq!(changes.scopes.unwrap().unwrap().as_str(), "orders menu");
        assert_eq!((changes.validity, changes.user_validity), (Some(Validity::Seconds(3600)), Some(Some(Validity::Forever))));
        assert!(changes.version_named && changes.ips.unwrap().is_empty());
    }

    #[test]
    fn empty_fields_are_none() {
        let changes = read(&form("lifetime=1h")).unwrap();
        assert_eq!((changes.grant_types, changes.user_validity), (Some(Vec::new()), Some(None)));
        assert_eq!(
            (changes.scopes.map(|scopes| scopes.is_none()), changes.redirect_uris.map(|uris| uris.len())),
            (Some(true), Some(0))
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("redirect_uris=https%3A%2F%2Fa.example%2F%2A", "https://a.example/*"),
            ("domains=https%3A%2F%2Fa.example%2Fpath", "a.example/path"),
            ("ips=300.1.1.1", "300.1.1.1"),
            ("lifetime=soon", ""),
            ("user_lifetime=soon", ""),
            ("scopes=%22", ""),
        ] {
            let problem = read(&form(text)).unwrap_err();
            for language in Language::all() {
                assert!(language.say(problem.clone()).to_string().contains(part), "{text}");
            }
        }
    }
}
