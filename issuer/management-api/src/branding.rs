//! `/api/v1/branding`: how the pages of the issuer look.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::query::{Nothing, Query};
use crate::problem::ApiProblem;
use postern_model::{Branding, Logo, PortalName, SignInText, WebLink};
use postern_operations as operations;

/// The largest body: a logo as Base64, and texts with room for escapes.
pub(super) const MAX_LEN: usize = Logo::MAX_LEN / 3 * 4 + 64 * 1024;

/// The branding of the issuer's pages. An absent field has the default
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Branding)]
pub(super) struct BrandingView {
    /// The name of the portal, shown instead of the host
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 60)]
    name: Option<String>,
    /// The logo: a PNG, JPEG or WebP image of at most 65536 bytes, in Base64
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 87384)]
    logo: Option<String>,
    /// The colour of buttons and links. Its contrast with white and with the background must be at least 4.5 to 1
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^#[0-9A-Fa-f]{6}$", example = "#0f6b64")]
    accent: Option<String>,
    /// Where users find help, an `https` URL
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300)]
    help_url: Option<String>,
    /// What is done with the users' data, an `https` URL
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300)]
    privacy_url: Option<String>,
    /// The terms of use, an `https` URL
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300)]
    terms_url: Option<String>,
    /// The text on the sign-in page, also in languages without one of their own
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    sign_in_text_en: Option<String>,
    /// The text on the sign-in page in German
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    sign_in_text_de: Option<String>,
}

impl From<&Branding> for BrandingView {
    fn from(branding: &Branding) -> Self {
        let link = |link: &Option<WebLink>| link.as_ref().map(|link| link.as_str().to_owned());
        let text = |text: &Option<SignInText>| text.as_ref().map(|text| text.as_str().to_owned());
        Self {
            name: branding.name.as_ref().map(|name| PortalName::as_str(name).to_owned()),
            logo: branding.logo.as_ref().map(|logo| STANDARD.encode(logo.as_bytes())),
            accent: branding.accent.map(|accent| accent.to_string()),
            help_url: link(&branding.help_url),
            privacy_url: link(&branding.privacy_url),
            terms_url: link(&branding.terms_url),
            sign_in_text_en: text(&branding.sign_in_text_en),
            sign_in_text_de: text(&branding.sign_in_text_de),
        }
    }
}

/// How the pages are to look.
pub(super) struct NewBranding(Branding);

impl ReadFields for NewBranding {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let logo = fields.optional::<String>("logo", problems).and_then(|text| match decode(&text) {
            Ok(logo) => Some(logo),
            Err(problem) => {
                fields.problem("logo", &problem, problems);
                None
            }
        });
        Some(Self(Branding {
            name: fields.optional_parsed("name", problems),
            logo,
            accent: fields.optional_parsed("accent", problems),
            help_url: fields.optional_parsed("help_url", problems),
            privacy_url: fields.optional_parsed("privacy_url", problems),
            terms_url: fields.optional_parsed("terms_url", problems),
            sign_in_text_en: fields.optional_parsed("sign_in_text_en", problems),
            sign_in_text_de: fields.optional_parsed("sign_in_text_de", problems),
        }))
    }
}

fn decode(text: &str) -> Result<Logo, String> {
    let bytes = STANDARD.decode(text).map_err(|_| "must be Base64 with padding".to_owned())?;
    Logo::from_bytes(bytes).map_err(|error| error.to_string())
}

/// Show the branding
#[utoipa::path(get, path = "/api/v1/branding", tag = "branding", params(IfNoneMatch),
    responses((status = 200, body = BrandingView), (status = 304)))]
pub(super) async fn show(call: Call, Query(Nothing): Query<Nothing>) -> Result<Response, ApiProblem> {
    let branding = call.read(operations::show_branding).await?;
    call.answer(Answer::resource(&BrandingView::from(&branding)))
}

/// Replace the branding. Fields missing from the body return to their defaults
#[utoipa::path(put, path = "/api/v1/branding", tag = "branding", request_body = BrandingView,
    responses((status = 200, body = BrandingView), (status = 422, description = "`invalid_body`")))]
pub(super) async fn replace(
    call: Call,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<NewBranding>,
) -> Result<Response, ApiProblem> {
    let NewBranding(branding) = body.value;
    let expected = move |before: &Branding, _| precondition.holds(&BrandingView::from(before));
    let branding = call.write(move |act| operations::change_branding(act, &branding, expected)).await?;
    call.refresh_branding().await;
    call.answer(Answer::resource(&BrandingView::from(&branding)))
}
