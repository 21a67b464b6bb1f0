//! Where a user continues after signing in: one of our own pages, never another site.

use postern_service::Service;

use crate::paths;

/// The path of one of our pages, with its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NextPage(String);

/// The pages that send users to the sign-in page.
const PAGES: [&str; 6] = [paths::AUTHORIZE, paths::DEVICE, paths::ACCOUNT, paths::PASSWORD, paths::SECOND_FACTOR, paths::PORTAL];

/// The longest path with query that is accepted; authorization requests are shorter.
const MAX_LEN: usize = 8192;

impl NextPage {
    /// The page that `text` names, if it is one of [`PAGES`] or in the portal, with or without a query; otherwise the account page.
    pub(crate) fn read(text: Option<&str>) -> Self {
        let text = text.filter(|text| text.len() <= MAX_LEN && text.bytes().all(|byte| byte.is_ascii_graphic()));
        let ours = |text: &str| {
            let path = text.split_once('?').map_or(text, |(path, _)| path);
            (PAGES.contains(&path) || is_in_portal(path)) && !text.contains('#')
        };
        Self(text.filter(|text| ours(text)).unwrap_or(paths::ACCOUNT).to_owned())
    }

    /// The same page in another language: one of [`PAGES`], in the portal, the sign-in pages or the start page.
    pub(crate) fn in_other_language(path: &str, query: Option<&str>) -> Self {
        let fits = |query: &&str| query.len() <= MAX_LEN && query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        match path {
            paths::SIGN_IN | paths::SIGN_IN_STEP => {
                Self(query.filter(fits).map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
            }
            paths::START | paths::API_DOCS => Self(path.to_owned()),
            _ => Self::of(path, query),
        }
    }

    /// The page of a path and a query.
    pub(crate) fn of(path: &str, query: Option<&str>) -> Self {
        Self::read(Some(&query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))))
    }

    /// The text for a form field.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its location, below the path of the issuer's identifier.
    pub(crate) fn location(&self, service: &Service) -> String {
        service.at(&self.0)
    }

    /// The location of the sign-in page that continues to it, for a user who is signed in and must sign in again.
    pub(crate) fn sign_in_again(&self, service: &Service) -> String {
        format!("{}&again=true", self.sign_in(service))
    }

    /// The location of the next step of a sign-in that continues to it.
    pub(crate) fn sign_in_step(&self, service: &Service) -> String {
        service.at(&format!("{}?next={}", paths::SIGN_IN_STEP, crate::query::encoded(&self.0)))
    }

    /// The location of the sign-in page that continues to it.
    pub(crate) fn sign_in(&self, service: &Service) -> String {
        let next = crate::query::encoded(&self.0);
        service.at(&format!("{}?next={next}", paths::SIGN_IN))
    }
}

/// Whether it is the path of a page of the portal, which has ids, words and the names of APIs only.
fn is_in_portal(path: &str) -> bool {
    let below = path.strip_prefix(paths::PORTAL).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
    let is_segment = |segment: &str| {
        let is_plain = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-~.".contains(&byte));
        !matches!(segment, "" | "." | "..") && is_plain
    };
    below.split('/').all(is_segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sites_and_unknown_paths_are_replaced_by_the_account_page() {
        for ours in [
            "/account",
            "/portal",
            "/portal?after=app_1",
            "/portal/applications/app_1/keys/sandbox",
            "/portal/signing-keys",
            "/portal/apis?q=pizza&after=pasta%2F2",
            "/portal/apis/Pizza~x/1.0.0-rc_1",
            "/device?user_code=BCDF-GHJK",
            "/oauth2/authorize?client_id=x&redirect_uri=https%3A%2F%2Fapp.example%2F",
        ] {
            assert_eq!(NextPage::read(Some(ours)).as_str(), ours);
        }
        for other in [
            "//evil.test",
            "https://evil.test",
            "/\\evil.test",
            "/account/../x",
            "/account#x",
            "javascript:alert(1)",
            "",
            "/sign-in",
            "account",
            "/oauth2/authorize\r\nx: y",
            "/device@evil.test",
            "/device/..//evil.test",
            "/portal/",
            "/portal//evil.test",
            "/portal/..",
            "/portal/apis/../..",
            "/portal/apis/./x",
            "/portal/%2e%2e",
            "/portal/applications/",
            "/portalx",
            " /account",
        ] {
            assert_eq!(NextPage::read(Some(other)).as_str(), "/account", "`{other}`");
        }
        assert_eq!(NextPage::read(None).as_str(), "/account");
        assert_eq!(NextPage::read(Some(&format!("/device?{}", "x".repeat(MAX_LEN)))).as_str(), "/account");
    }
}
