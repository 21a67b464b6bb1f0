//! The issuer as its pages show it.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::assets;
use super::branding::Theme;
use super::cookies::cookie;
use crate::messages::{Html, Language, Message, Words};
use crate::paths;
use postern_model::{Issuer, PortalName, SignInText};
use postern_service::{CurrentBranding, Service};

/// The cookie with the language that the user has chosen.
pub(super) const LANGUAGE_COOKIE: &str = "__Host-postern-language";

/// The issuer as its pages show it, in the user's language.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The path of the issuer's identifier, which every path begins with.
    base: String,
    /// Host and port of the issuer, as in the browser's address bar.
    host: String,
    style: String,
    icon: String,
    script: String,
    language: Language,
    /// The origin at which clients call APIs.
    gateway: Option<String>,
    /// Whether the issuer serves the page that explains a decision.
    explains: bool,
    branding: Arc<CurrentBranding>,
}

impl Site {
    /// In the language that the user has chosen, or else in the one that the browser prefers.
    pub(crate) fn of(service: &Service, headers: &HeaderMap) -> Self {
        let chosen = cookie(headers, LANGUAGE_COOKIE).and_then(Language::with_tag);
        let site = Self::new(&service.settings.issuer, chosen.unwrap_or_else(|| Language::accepted(headers)));
        let explains = service.options.explain_page.is_some();
        Self { gateway: service.options.portal.gateway.clone(), explains, branding: service.branding.current(), ..site }
    }

    pub(crate) fn new(issuer: &Issuer, language: Language) -> Self {
        let authority = issuer.as_str().split_once("://").map_or(issuer.as_str(), |(_, rest)| rest);
        let host = authority.split('/').next().unwrap_or(authority);
        let base = issuer.path();
        Self {
            base: base.to_owned(),
            host: host.to_owned(),
            style: format!("{base}{}?{}", paths::STYLE, assets::STYLE.query()),
            icon: format!("{base}{}?{}", paths::ICON, assets::ICON.query()),
            script: format!("{base}{}?{}", paths::SCRIPT, assets::SCRIPT.query()),
            language,
            gateway: None,
            explains: false,
            branding: Arc::default(),
        }
    }

    /// Host and port of the issuer.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The same site with this branding.
    pub(crate) fn branded(self, branding: Arc<CurrentBranding>) -> Self {
        Self { branding, ..self }
    }

    /// The name of the portal, or host and port.
    pub(crate) fn name(&self) -> &str {
        self.branding.branding.name.as_ref().map_or(&self.host, PortalName::as_str)
    }

    /// The address of the logo.
    pub(crate) fn logo(&self) -> Option<String> {
        self.branding.branding.logo.as_ref()?;
        Some(self.at(&paths::LOGO.replace("{digest}", &self.branding.logo_digest)))
    }

    /// The address of the style sheet with the accent colour.
    pub(crate) fn theme(&self) -> Option<String> {
        let theme = Theme::of_pages(self.branding.branding.accent?);
        Some(self.at(&paths::THEME.replace("{digest}", &theme.digest)))
    }

    /// The links for users, each with the message of its text.
    pub(crate) fn links(&self) -> Vec<(&'static str, &str)> {
        let branding = &self.branding.branding;
        let links = [
            ("branding-help", &branding.help_url),
            ("branding-privacy", &branding.privacy_url),
            ("branding-terms", &branding.terms_url),
        ];
        links.into_iter().filter_map(|(text, link)| Some((text, link.as_ref()?.as_str()))).collect()
    }

    /// The text of the sign-in page in the language of the page.
    pub(crate) fn sign_in_text(&self) -> Option<&str> {
        let branding = &self.branding.branding;
        let german = branding.sign_in_text_de.as_ref().filter(|_| self.language.tag() == "de");
        german.or(branding.sign_in_text_en.as_ref()).map(SignInText::as_str)
    }

    pub(crate) fn style(&self) -> &str {
        &self.style
    }

    /// The script of a page with a try-out.
    pub(crate) fn try_out(&self) -> String {
        format!("{}{}?{}", self.base, paths::TRY_OUT, assets::TRY_OUT.query())
    }

    /// The origin at which clients call APIs, if it is known.
    pub(crate) fn gateway(&self) -> Option<&str> {
        self.gateway.as_deref()
    }

    /// Whether the issuer serves the page that explains a decision.
    pub(crate) const fn explains(&self) -> bool {
        self.explains
    }

    pub(crate) fn icon(&self) -> &str {
        &self.icon
    }

    pub(crate) fn script(&self) -> &str {
        &self.script
    }

    /// Whether the issuer's identifier has no path. The management API is at the root of the host, where a proxy may have something else if
    /// the identifier has a path.
    pub(super) const fn is_at_root(&self) -> bool {
        self.base.is_empty()
    }

    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// The other languages of the pages.
    pub(crate) fn other_languages(&self) -> impl Iterator<Item = Language> {
        Language::all().filter(|other| *other != self.language)
    }

    /// The message with an id.
    pub(crate) fn text(&self, id: &'static str) -> Words {
        self.language.text(id)
    }

    /// The message with an id, as HTML.
    pub(crate) fn html(&self, id: &'static str) -> Html {
        self.language.text(id).html()
    }

    /// A message.
    pub(crate) fn say(&self, message: &Message) -> Words {
        self.language.say(message.clone())
    }

    /// The path of a page, from one of [`paths`].
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}
