//! A browser without a screen: it keeps cookies, fills in forms, and goes where it is sent.

use std::collections::BTreeMap;

use super::{Request, Response, Server};

/// A browser, without JavaScript.
pub(crate) struct Browser<'a> {
    server: &'a Server,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// A page that was shown.
pub(crate) struct Page {
    pub(crate) response: Response,
    pub(crate) html: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    /// Asks for a page, and follows no redirect.
    pub(crate) fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path))
    }

    /// Sends a form with these fields and no others.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = Request::new("POST", path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(encoded(fields)))
    }

    /// Sends a form with these headers.
    pub(crate) fn send_with(&mut self, headers: &[(&str, &str)], path: &str, body: &str) -> Page {
        let request = Request::new("POST", path).header("content-type", "application/x-www-form-urlencoded");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, *value));
        self.send(request.body(body))
    }

    /// Sends the first form of a page with its hidden fields and these, which go before the hidden ones.
    pub(crate) fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        self.fill_in(page, &page.action(), fields)
    }

    fn fill_in(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let hidden = page.hidden();
        let given = |name: &str| fields.iter().any(|(own, _)| *own == name);
        let kept = hidden.iter().filter(|(name, _)| !given(name)).map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = kept.chain(fields.iter().copied()).collect();
        self.post(action, &all)
    }

    /// Sends the form of a page that goes to `action`, or one of whose buttons does, with its hidden fields and these.
    pub(crate) fn submit_to(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let start =
            page.html.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no form to {action}: {}", page.html));
        let start = page.html[..start].rfind("<form").unwrap();
        let form = Page { response: page.response.clone(), html: page.html[start..].to_owned() };
        self.fill_in(&form, action, fields)
    }

    /// Signs in at the sign-in page, and returns the answer to the form.
    pub(crate) fn sign_in(&mut self, path: &str, user: &str, password: &str) -> Page {
        let page = self.get(path);
        self.submit(&page, &[("user", user), ("password", password)])
    }

    fn send(&mut self, request: Request) -> Page {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        let response = self.server.send(&request);
        for cookie in response.all("set-cookie") {
            assert!(cookie.contains("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            assert!(name.starts_with("__Host-"), "{cookie}");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let html = String::from_utf8_lossy(&response.body).into_owned();
        Page { response, html }
    }
}

impl Page {
    pub(crate) fn status(&self) -> u16 {
        self.response.status
    }

    /// The target of a redirect, or of a page that continues by itself.
    pub(crate) fn leads_to(&self) -> String {
        if let Some(location) = self.response.header("location") {
            return location.to_owned();
        }
        let at = self.html.find("http-equiv=\"refresh\"").unwrap_or_else(|| panic!("it stays here: {}", self.html));
        let rest = &self.html[at..];
        let start = rest.find("url=").unwrap() + 4;
        unescaped(&rest[start..start + rest[start..].find('"').unwrap()]).trim_matches('\'').to_owned()
    }

    /// The same as a path of the issuer.
    pub(crate) fn leads_to_path(&self) -> String {
        let location = self.leads_to();
        location.strip_prefix(super::ISSUER).unwrap_or(&location).to_owned()
    }

    /// The target of the first link that begins with `prefix`.
    pub(crate) fn link_to(&self, prefix: &str) -> String {
        let links = self.html.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(link, _)| unescaped(link));
        links.into_iter().find(|link| link.starts_with(prefix)).unwrap_or_else(|| panic!("no link to {prefix}: {}", self.html))
    }

    fn action(&self) -> String {
        let start = self.html.find("<form method=\"post\" action=\"").expect("a form") + 28;
        unescaped(&self.html[start..start + self.html[start..].find('"').unwrap()])
    }

    /// The hidden fields of the first form.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        let start = self.html.find("<form method=\"post\"").expect("a form");
        let form = &self.html[start..start + self.html[start..].find("</form>").unwrap()];
        let field = |input: &str| {
            let value = |name: &str| {
                let start = input.find(&format!("{name}=\""))? + name.len() + 2;
                Some(unescaped(&input[start..start + input[start..].find('"')?]))
            };
            Some((value(" name").or_else(|| value("name"))?, value("value")?))
        };
        form.split("<input type=\"hidden\"").skip(1).filter_map(field).collect()
    }
}

/// Fields as a form sends them.
pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn unescaped(text: &str) -> String {
    [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}
