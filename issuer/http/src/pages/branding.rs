//! What administrators give the pages: a colour, as a style sheet, and a logo. Both are served at an address with their digest.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use super::assets::IMMUTABLE;
use super::page::OWN_RESOURCE;
use crate::paths;
use postern_model::{AccentColour, Colour};
use postern_service::Service;

/// The background of what stands on a page in the dark theme, as in the style sheet of all pages.
const DARK_CARD: Colour = Colour([0x19, 0x21, 0x26]);

/// The text on a button in the dark theme.
const DARK_INK: Colour = Colour([0x10, 0x16, 0x1a]);

/// The routes of these files.
pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new().route(paths::THEME, get(theme)).route(paths::LOGO, get(logo))
}

async fn theme(State(service): State<Arc<Service>>, Path(digest): Path<String>) -> Response {
    let theme = service.branding.current().branding.accent.map(Theme::of_pages);
    match theme.filter(|theme| theme.digest == digest) {
        Some(theme) => served("text/css; charset=utf-8", theme.style, IMMUTABLE),
        None => missing(),
    }
}

async fn logo(State(service): State<Arc<Service>>, Path(digest): Path<String>) -> Response {
    let current = service.branding.current();
    match current.branding.logo.as_ref().filter(|_| current.logo_digest == digest) {
        Some(logo) => served(logo.media_type(), logo.as_bytes().to_vec(), IMMUTABLE),
        None => missing(),
    }
}

/// A file that browsers take as nothing but what it is.
pub(crate) fn served(media_type: &'static str, content: impl IntoResponse, keep: HeaderValue) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, keep),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
        OWN_RESOURCE,
    ];
    (headers, content).into_response()
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response()
}

/// The style sheet with the colours that follow from an accent colour.
pub(crate) struct Theme {
    pub(crate) style: String,
    /// The digest of the style sheet, in hexadecimal digits.
    pub(crate) digest: String,
}

impl Theme {
    /// For whole pages.
    pub(crate) fn of_pages(accent: AccentColour) -> Self {
        Self::new(accent, ":root")
    }

    /// For what `selector` selects.
    pub(crate) fn new(accent: AccentColour, selector: &str) -> Self {
        let [light, dark] = [light(accent), dark(accent)].map(|colours| {
            let mut declarations = String::new();
            for (name, colour) in colours {
                // Writing to a string cannot fail.
                let _ = write!(declarations, "--{name}:{colour};");
            }
            declarations
        });
        let style = format!("{selector}{{{light}}}\n@media (prefers-color-scheme: dark){{{selector}{{{dark}}}}}\n");
        let mut digest = String::new();
        for byte in Sha256::digest(&style).iter().take(8) {
            let _ = write!(digest, "{byte:02x}");
        }
        Self { style, digest }
    }
}

/// The names of the colours in the style sheet of all pages.
type Colours = [(&'static str, Colour); 4];

fn light(accent: AccentColour) -> Colours {
    let accent = accent.colour();
    let deep = accent.mixed(Colour([0; 3]), 25);
    [("accent", accent), ("accent-deep", deep), ("on-accent", Colour::WHITE), ("soft", Colour::WHITE.mixed(accent, 8))]
}

/// The accent colour is made lighter until it can be read on the dark background.
fn dark(accent: AccentColour) -> Colours {
    let lighter = (0..=20).map(|step| accent.colour().mixed(Colour::WHITE, step * 5));
    let accent = lighter.into_iter().find(|colour| colour.contrast(DARK_CARD) >= 7.0).unwrap_or(Colour::WHITE);
    let deep = accent.mixed(Colour::WHITE, 35);
    [("accent", accent), ("accent-deep", deep), ("on-accent", DARK_INK), ("soft", DARK_CARD.mixed(accent, 10))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_that_is_accepted_can_be_read_in_both_themes() {
        let steps = || (0..=255u8).step_by(15);
        let mut tried = 0;
        for (red, (green, blue)) in
            steps().flat_map(|red| steps().flat_map(move |green| steps().map(move |blue| (red, (green, blue)))))
        {
            let Ok(accent) = Colour([red, green, blue]).to_string().parse::<AccentColour>() else { continue };
            tried += 1;
            let grounds = [(light(accent), [Colour::WHITE, AccentColour::GROUND]), (dark(accent), [DARK_CARD, DARK_INK])];
            for (colours, grounds) in grounds {
                let [accent, deep, on_accent, soft] = colours.map(|(_, colour)| colour);
                let pairs = [(accent, grounds[0]), (accent, grounds[1]), (deep, soft), (on_accent, accent), (on_accent, deep)];
                for (one, other) in pairs {
                    assert!(one.contrast(other) >= 4.5, "{accent}: {one} on {other}");
                }
            }
        }
        assert!(tried > 500, "{tried}");
    }

    #[test]
    fn the_backgrounds_are_those_of_the_style_sheet() {
        let styles = include_str!("../../templates/style.css");
        for line in
            [format!("--ground: {};", AccentColour::GROUND), format!("--card: {DARK_CARD};"), format!("--ground: {DARK_INK};")]
        {
            assert!(styles.contains(&line), "{line}");
        }
        let theme = Theme::of_pages("#6a1b9a".parse().unwrap());
        assert!(theme.style.starts_with(":root{--accent:#6a1b9a;--accent-deep:#4f1473;--on-accent:#ffffff;"), "{}", theme.style);
        assert_ne!(theme.digest, Theme::of_pages("#6a1b9b".parse().unwrap()).digest);
    }
}
