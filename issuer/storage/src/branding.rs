//! The table `branding`.

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{Branding, Logo, PortalName, SignInText, WebLink};

const TABLE: &str = "branding";

impl Transaction<'_> {
    /// The branding; the default before something was set.
    pub fn branding(&self) -> Result<Branding, StorageError> {
        let sql = "SELECT name, logo, accent, help_url, privacy_url, terms_url, sign_in_text_en, sign_in_text_de FROM branding";
        Ok(self.find(sql, &[], read)?.unwrap_or_default())
    }

    /// A number that is higher after each change; 0 before the first one.
    pub fn branding_version(&self) -> Result<u64, StorageError> {
        let version = self.find("SELECT version FROM branding", &[], |row| Columns::new(row, TABLE).count("version"))?;
        Ok(version.unwrap_or_default())
    }

    /// Sets the branding.
    pub fn set_branding(&self, branding: &Branding) -> Result<(), StorageError> {
        let sql =
            "INSERT INTO branding (id, name, logo, accent, help_url, privacy_url, terms_url, sign_in_text_en, sign_in_text_de,
                       version)
                   VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)
                   ON CONFLICT (id) DO UPDATE SET name = excluded.name, logo = excluded.logo, accent = excluded.accent,
                       help_url = excluded.help_url, privacy_url = excluded.privacy_url, terms_url = excluded.terms_url,
                       sign_in_text_en = excluded.sign_in_text_en, sign_in_text_de = excluded.sign_in_text_de,
                       version = branding.version + 1";
        let accent = branding.accent.map(|accent| accent.to_string());
        let link = |link: &'_ Option<WebLink>| link.as_ref().map(|link| link.as_str().to_owned());
        let (help, privacy, terms) = (link(&branding.help_url), link(&branding.privacy_url), link(&branding.terms_url));
        let values = values![
            branding.name.as_ref().map(PortalName::as_str),
            branding.logo.as_ref().map(Logo::as_bytes),
            accent.as_deref(),
            help.as_deref(),
            privacy.as_deref(),
            terms.as_deref(),
            branding.sign_in_text_en.as_ref().map(SignInText::as_str),
            branding.sign_in_text_de.as_ref().map(SignInText::as_str),
        ];
        self.change(sql, values).map(drop)
    }
}

fn read(row: Row<'_>) -> Result<Branding, StorageError> {
    let columns = Columns::new(row, TABLE);
    let logo = columns.optional_bytes("logo")?.map(|bytes| Logo::from_bytes(bytes.to_vec()));
    Ok(Branding {
        name: columns.optional_parsed("name")?,
        logo: logo.transpose().map_err(|_| columns.corrupt("logo"))?,
        accent: columns.optional_parsed("accent")?,
        help_url: columns.optional_parsed("help_url")?,
        privacy_url: columns.optional_parsed("privacy_url")?,
        terms_url: columns.optional_parsed("terms_url")?,
        sign_in_text_en: columns.optional_parsed("sign_in_text_en")?,
        sign_in_text_de: columns.optional_parsed("sign_in_text_de")?,
    })
}
