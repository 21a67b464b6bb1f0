//! `postern admin branding`

use std::fs;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{ArgGroup, Args, Subcommand};
use postern_model::Logo;
use serde_json::{Map, Value, json};

use crate::cli::context::CommandContext;
use crate::cli::management::Call;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BrandingCommand {
    /// Show the branding
    Show,
    /// Change the branding; an empty value returns a field to its default
    #[command(after_help = "\
Example:
  postern admin branding change --name 'Pizza API' --accent '#6a1b9a' --logo logo.png
  postern admin branding change --logo ''")]
    Change(Box<BrandingChange>),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("changes").required(true).multiple(true)))]
pub(in crate::cli) struct BrandingChange {
    /// Name of the portal, shown instead of the host
    #[arg(long, value_name = "NAME", group = "changes")]
    name: Option<String>,
    /// File with the logo: a PNG, JPEG or WebP image of at most 64 KiB
    #[arg(long, value_name = "FILE", group = "changes")]
    logo: Option<String>,
    /// Colour of buttons and links, such as `#0f6b64`
    #[arg(long, value_name = "COLOUR", group = "changes")]
    accent: Option<String>,
    /// Where users find help, an `https` URL
    #[arg(long, value_name = "URL", group = "changes")]
    help_url: Option<String>,
    /// What is done with the users' data, an `https` URL
    #[arg(long, value_name = "URL", group = "changes")]
    privacy_url: Option<String>,
    /// The terms of use, an `https` URL
    #[arg(long, value_name = "URL", group = "changes")]
    terms_url: Option<String>,
    /// Text on the sign-in page in English, and in every language that has no text
    #[arg(long, value_name = "TEXT", group = "changes")]
    sign_in_text_en: Option<String>,
    /// Text on the sign-in page in German
    #[arg(long, value_name = "TEXT", group = "changes")]
    sign_in_text_de: Option<String>,
}

impl BrandingCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        let shown = management.send(&Call::get(&["branding"]))?;
        let Self::Change(change) = self else { return management.printer.print(&without_logo(shown.json()?)) };
        let mut branding = shown.json()?.as_object().cloned().unwrap_or_default();
        change.write(&mut branding)?;
        let call = Call::put(&["branding"]).json(&Value::Object(branding)).if_match(shown.tag);
        management.printer.print(&without_logo(management.send(&call)?.json()?))
    }
}

impl BrandingChange {
    fn write(self, branding: &mut Map<String, Value>) -> anyhow::Result<()> {
        let logo = self.logo.map(|path| if path.is_empty() { Ok(path) } else { read_logo(&path) });
        let changes = [
            ("name", self.name),
            ("logo", logo.transpose()?),
            ("accent", self.accent),
            ("help_url", self.help_url),
            ("privacy_url", self.privacy_url),
            ("terms_url", self.terms_url),
            ("sign_in_text_en", self.sign_in_text_en),
            ("sign_in_text_de", self.sign_in_text_de),
        ];
        for (name, value) in changes {
            match value {
                None => {}
                Some(text) if text.is_empty() => drop(branding.remove(name)),
                Some(text) => drop(branding.insert(name.to_owned(), text.into())),
            }
        }
        Ok(())
    }
}

/// The logo in a file, as Base64. It is checked here too, so that a large file is never sent.
fn read_logo(path: &str) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{path}`"))?;
    let logo = Logo::from_bytes(bytes).with_context(|| format!("`{path}` cannot be the logo"))?;
    Ok(STANDARD.encode(logo.as_bytes()))
}

/// The same with the size of the logo instead of its bytes.
fn without_logo(mut branding: Value) -> Value {
    if let Some(fields) = branding.as_object_mut()
        && let Some(Value::String(logo)) = fields.remove("logo")
    {
        let bytes = STANDARD.decode(logo).map(|bytes| bytes.len()).unwrap_or_default();
        fields.insert("logo_bytes".to_owned(), json!(bytes));
    }
    branding
}
