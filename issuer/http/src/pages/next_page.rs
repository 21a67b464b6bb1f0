//! Where a user goes on after signing in: a page of ours, and nowhere else.

use postern_service::Service;

use crate::paths;

/// A page of ours, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NextPage(String);

/// The pages that send users to sign in.
const PAGES: [&str; 4] = [paths::AUTHORIZE, paths::DEVICE, paths::ACCOUNT, paths::PASSWORD];

/// The longest that is taken, which is more than what clients ask for.
const MAX_LEN: usize = 8192;

impl NextPage {
    /// The page that `text` names: a path of ours with parameters or without, in the characters of a URL. Anything else is the user's own page.
    pub(crate) fn read(text: Option<&str>) -> Self {
        let text = text.filter(|text| text.len() <= MAX_LEN && text.bytes().all(|byte| byte.is_ascii_graphic()));
        let ours = |text: &str| PAGES.contains(&text.split_once('?').map_or(text, |(path, _)| path)) && !text.contains('#');
        Self(text.filter(|text| ours(text)).unwrap_or(paths::ACCOUNT).to_owned())
    }

    /// The page of a path and its parameters.
    pub(crate) fn of(path: &str, query: Option<&str>) -> Self {
        Self::read(Some(&query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))))
    }

    /// As a form holds it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it is.
    pub(crate) fn location(&self, service: &Service) -> String {
        service.at(&self.0)
    }

    /// Where to sign in before going there.
    pub(crate) fn sign_in(&self, service: &Service) -> String {
        let next: String = url::form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        service.at(&format!("{}?next={next}", paths::SIGN_IN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_anywhere_else() {
        for ours in
            ["/account", "/device?user_code=BCDF-GHJK", "/oauth2/authorize?client_id=x&redirect_uri=https%3A%2F%2Fapp.example%2F"]
        {
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
            " /account",
        ] {
            assert_eq!(NextPage::read(Some(other)).as_str(), "/account", "`{other}`");
        }
        assert_eq!(NextPage::read(None).as_str(), "/account");
        assert_eq!(NextPage::read(Some(&format!("/device?{}", "x".repeat(MAX_LEN)))).as_str(), "/account");
    }
}
