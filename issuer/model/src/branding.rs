//! How the pages of the issuer look: name, logo, colour, links and the text of the sign-in page. All of it is public.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;
use url::Url;

use super::Colour;
use super::visible_text::is_visible;

/// The branding of the issuer's pages. `None` is the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Branding {
    /// The name of the portal, instead of the host.
    pub name: Option<PortalName>,
    /// The picture beside the name.
    pub logo: Option<Logo>,
    /// The colour of buttons and links.
    pub accent: Option<AccentColour>,
    /// Where users find help.
    pub help_url: Option<WebLink>,
    /// What is done with users' data.
    pub privacy_url: Option<WebLink>,
    /// The terms of use.
    pub terms_url: Option<WebLink>,
    /// The text on the sign-in page in English, which is also that of every language without one.
    pub sign_in_text_en: Option<SignInText>,
    /// The text on the sign-in page in German.
    pub sign_in_text_de: Option<SignInText>,
}

/// The name of the portal: 1 to 60 visible characters, without white space around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PortalName(String);

/// The text is not a name of the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the name of the portal must be 1 to 60 visible characters, without white space around them")]
pub struct PortalNameError;

impl PortalName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PortalName {
    type Err = PortalNameError;

    fn from_str(text: &str) -> Result<Self, PortalNameError> {
        let fits = (1..=60).contains(&text.chars().count()) && text.trim() == text;
        if fits && is_visible(text) { Ok(Self(text.to_owned())) } else { Err(PortalNameError) }
    }
}

/// A text on the sign-in page: plain, 1 to 500 visible characters, on at most 10 lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SignInText(String);

/// The text cannot be on the sign-in page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the text of the sign-in page must be 1 to 500 visible characters, on at most 10 lines")]
pub struct SignInTextError;

impl SignInText {
    /// The text; lines end with `\n`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SignInText {
    type Err = SignInTextError;

    fn from_str(text: &str) -> Result<Self, SignInTextError> {
        /// Longer than any text with its line ends as browsers send them.
        const MAX_LEN: usize = 4 * 500 + 20;
        if text.len() > MAX_LEN {
            return Err(SignInTextError);
        }
        let text = text.replace("\r\n", "\n").trim().to_owned();
        let fits = (1..=500).contains(&text.chars().count()) && text.lines().count() <= 10;
        if fits && text.split('\n').all(is_visible) { Ok(Self(text)) } else { Err(SignInTextError) }
    }
}

/// The address of a page elsewhere: an `https` URL of at most 300 printable ASCII characters, without a user name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WebLink(String);

/// The text is not the address of such a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a link is an `https` URL of at most 300 printable ASCII characters, such as `https://example.com/help`, without a user name"
)]
pub struct WebLinkError;

impl WebLink {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebLink {
    type Err = WebLinkError;

    fn from_str(text: &str) -> Result<Self, WebLinkError> {
        let plain = text.len() <= 300 && text.bytes().all(|byte| byte.is_ascii_graphic()) && text.starts_with("https://");
        let url = Url::parse(text).ok().filter(|_| plain).ok_or(WebLinkError)?;
        // Readers of the link find the host where browsers do.
        let authority = text.get("https://".len()..).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        let plain = !authority.is_empty() && !authority.contains(['@', '\\']);
        let bare =
            plain && url.username().is_empty() && url.password().is_none() && url.host_str().is_some_and(|host| !host.is_empty());
        if bare { Ok(Self(text.to_owned())) } else { Err(WebLinkError) }
    }
}

/// The colour of buttons and links in the light theme, from which the other colours are derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccentColour(Colour);

/// The text is not a colour that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccentColourError {
    /// Not six hexadecimal digits.
    #[error("a colour is `#` and six hexadecimal digits, such as `#0f6b64`")]
    Form,
    /// Text in this colour, or white text on it, could not be read.
    #[error(
        "the colour is too light: its contrast is {white} to 1 with white text and {ground} to 1 with the page's background, and each must be at least 4.5 to 1: choose a darker colour"
    )]
    Light {
        /// The contrast with white.
        white: String,
        /// The contrast with the background.
        ground: String,
    },
}

impl AccentColour {
    /// The background of the pages in the light theme, as in their style sheet.
    pub const GROUND: Colour = Colour([0xee, 0xf2, 0xf1]);

    /// The least contrast of text (WCAG 2.2, success criterion 1.4.3).
    const CONTRAST: f64 = 4.5;

    /// The colour.
    pub const fn colour(self) -> Colour {
        self.0
    }
}

impl FromStr for AccentColour {
    type Err = AccentColourError;

    fn from_str(text: &str) -> Result<Self, AccentColourError> {
        let colour = Colour::parse(text).ok_or(AccentColourError::Form)?;
        let [white, ground] = [Colour::WHITE, Self::GROUND].map(|other| colour.contrast(other));
        if white.min(ground) >= Self::CONTRAST {
            return Ok(Self(colour));
        }
        // Rounded down, so that 4.49 is not shown as enough.
        let shown = |contrast: f64| format!("{:.1}", (contrast * 10.0).floor() / 10.0);
        Err(AccentColourError::Light { white: shown(white), ground: shown(ground) })
    }
}

impl fmt::Display for AccentColour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for AccentColour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A picture of at most 64 KiB: PNG, JPEG or WebP by its bytes. Other formats are refused; an SVG image could hold scripts.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo(Vec<u8>);

/// The bytes are not such a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LogoError {
    /// Another format, whatever the name of its file says.
    #[error("the logo is not a PNG, JPEG or WebP image")]
    Format,
    /// Too many bytes.
    #[error("the logo has more than 65536 bytes")]
    Long,
}

impl Logo {
    /// The most bytes.
    pub const MAX_LEN: usize = 64 * 1024;

    /// Checks the size and the first bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, LogoError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(LogoError::Long);
        }
        if media_type(&bytes).is_none() { Err(LogoError::Format) } else { Ok(Self(bytes)) }
    }

    /// The picture.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The media type.
    pub fn media_type(&self) -> &'static str {
        media_type(&self.0).unwrap_or("application/octet-stream")
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Logo({}, {} bytes)", self.media_type(), self.0.len())
    }
}

fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let is_png = bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16) == Some(b"IHDR");
    let is_jpeg = bytes.starts_with(b"\xff\xd8\xff");
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..15) == Some(b"WEBPVP8");
    [(is_png, "image/png"), (is_jpeg, "image/jpeg"), (is_webp, "image/webp")]
        .into_iter()
        .find(|(fits, _)| *fits)
        .map(|(_, own)| own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_must_be_readable_with_white_and_on_the_background() {
        for good in ["#0f6b64", "#000000", "#B3261E", "#0b57d0", "#6a1b9a"] {
            assert_eq!(good.parse::<AccentColour>().unwrap().to_string(), good.to_lowercase());
        }
        // The second reaches 4.5 with white and not with the background.
        for light in ["#ffffff", "#767676", "#ff9800"] {
            assert!(matches!(light.parse::<AccentColour>(), Err(AccentColourError::Light { .. })), "{light}");
        }
        let text = "#767676".parse::<AccentColour>().unwrap_err().to_string();
        assert!(text.contains("4.5 to 1 with white text and 4.0 to 1 with the page's background"), "{text}");
        for bad in ["", "red", "#fff", "0f6b64", "#0f6b6g", "#0f6b641", "#0f6b6é", "#+f6b64", "#000;}*{display:none"] {
            assert_eq!(bad.parse::<AccentColour>(), Err(AccentColourError::Form), "{bad}");
        }
    }

    #[test]
    fn links_lead_to_https_and_nowhere_else() {
        for good in ["https://example.com/help", "https://example.com", "https://a.example:8443/x?y#z"] {
            assert!(good.parse::<WebLink>().is_ok(), "{good}");
        }
        let long = format!("https://example.com/{}", "x".repeat(300));
        for bad in [
            "javascript:alert(1)",
            "http://example.com",
            "//example.com",
            "/help",
            "https://",
            "https://user@example.com",
            "https://user:pw@example.com/",
            "https:///example.com",
            "https://@example.com",
            "https://:@example.com/",
            "https://good.example\\@example.com/",
            "https://example.com/ x",
            "https://exa\u{202e}mple.com",
            "data:text/html,x",
            " https://example.com",
            &long,
        ] {
            assert!(bad.parse::<WebLink>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_and_texts_are_visible_and_bounded() {
        assert!("Pizza & Söhne".parse::<PortalName>().is_ok());
        for bad in ["", " a", "a\nb", "Bank\u{202e}x", "\u{200b}", &"x".repeat(61)] {
            assert!(bad.parse::<PortalName>().is_err(), "{bad:?}");
        }
        let text = "Staff only.\r\n\r\nQuestions: +49 30 1234".parse::<SignInText>().unwrap();
        assert_eq!(text.as_str(), "Staff only.\n\nQuestions: +49 30 1234");
        for bad in ["", " \n ", "a\u{7}", "a\u{2066}b", &"x".repeat(501), &"x\n".repeat(11), &"x".repeat(1_000_000)] {
            assert!(bad.parse::<SignInText>().is_err(), "{}", bad.len());
        }
    }

    #[test]
    fn a_logo_is_a_picture_by_its_bytes() {
        let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0; 20]].concat();
        assert_eq!(Logo::from_bytes(png.clone()).unwrap().media_type(), "image/png");
        assert_eq!(Logo::from_bytes(b"\xff\xd8\xff\xe0..".to_vec()).unwrap().media_type(), "image/jpeg");
        assert_eq!(Logo::from_bytes(b"RIFF\x10\0\0\0WEBPVP8 ..".to_vec()).unwrap().media_type(), "image/webp");
        for bad in [
            &b""[..],
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a.......",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\x10\0\0\0WAVEfmt ",
            b"BM....",
        ] {
            assert_eq!(Logo::from_bytes(bad.to_vec()), Err(LogoError::Format), "{bad:?}");
        }
        let mut long = png;
        long.resize(Logo::MAX_LEN + 1, 0);
        assert_eq!(Logo::from_bytes(long), Err(LogoError::Long));
    }
}
