//! A minimal browser for the issuer's pages: sends their forms, keeps their cookies, and follows redirects.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::client::{Request, Response};

/// More pages than any sequence of redirects or forms has.
const PAGES: usize = 10;

/// A browser for one issuer.
#[derive(Debug, Clone)]
pub struct UserAgent {
    issuer: SocketAddr,
    url: Url,
    cookies: BTreeMap<String, String>,
}

/// Where a request has led.
#[derive(Debug)]
pub enum Destination {
    /// To a page of the issuer.
    Page(Page),
    /// To a URL of another host, which is not opened.
    External(Url),
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// The status of the response.
    pub status: u16,
    /// The HTML of the page.
    pub html: String,
}

impl UserAgent {
    /// A browser without cookies, for the issuer with the URL `url` that listens at `issuer`.
    pub fn new(issuer: SocketAddr, url: &str) -> Result<Self> {
        Ok(Self { issuer, url: Url::parse(url)?, cookies: BTreeMap::new() })
    }

    /// Switches to another process of the same issuer, at another address, and keeps the cookies.
    pub fn move_to(&mut self, issuer: SocketAddr) {
        self.issuer = issuer;
    }

    /// The value of the header field `cookie`.
    pub fn cookies(&self) -> String {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// Opens an authorization request, signs in if needed, and sends the decision. Returns the client's URL to which the issuer redirects.
    pub fn authorize(&mut self, target: &str, user: &str, password: &str, decision: &str) -> Result<Url> {
        let mut destination = self.open(target)?;
        for _ in 0..PAGES {
            let page = match destination {
                Destination::External(address) => return Ok(address),
                Destination::Page(page) => page,
            };
            ensure!(page.status == 200, "the issuer shows {}: {}", page.status, page.html);
            destination = if page.html.contains("name=\"password\"") {
                self.send(&page, "/sign-in", &[("user", user), ("password", password)])?
            } else {
                self.send(&page, "/consent", &[("decision", decision)])?
            };
        }
        bail!("the issuer shows too many pages")
    }

    /// Opens the user's account page, and signs in if needed.
    pub fn account(&mut self, user: &str, password: &str) -> Result<Page> {
        let page = self.open("/account")?.into_page()?;
        if page.html.contains("name=\"password\"") {
            return self.send(&page, "/sign-in", &[("user", user), ("password", password)])?.into_page();
        }
        Ok(page)
    }

    /// Opens a page of the issuer by its path, and follows redirects.
    pub fn open(&mut self, target: &str) -> Result<Destination> {
        self.follow(target, None)
    }

    /// Sends the form of a page whose target is `action`, with its hidden fields and these fields.
    pub fn send(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Result<Destination> {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(page.hidden_fields(action)?);
        body.extend_pairs(fields);
        self.follow(action, Some(body.finish()))
    }

    fn follow(&mut self, target: &str, mut form: Option<String>) -> Result<Destination> {
        let mut address = self.url.join(target)?;
        for _ in 0..PAGES {
            if address.origin() != self.url.origin() {
                return Ok(Destination::External(address));
            }
            let response = self.exchange(&address, form.take())?;
            let page = Page { status: response.status, html: String::from_utf8_lossy(&response.body).into_owned() };
            let Some(next) = response.header("location").or_else(|| page.refresh()) else { return Ok(Destination::Page(page)) };
            address = address.join(&next)?;
        }
        bail!("the issuer redirects too often")
    }

    fn exchange(&mut self, address: &Url, form: Option<String>) -> Result<Response> {
        let target = address.query().map_or_else(|| address.path().to_owned(), |query| format!("{}?{query}", address.path()));
        let host = address.host_str().context("the issuer has no host")?;
        let method = if form.is_some() { "POST" } else { "GET" };
        let mut request = Request::new(method, target, host).header("cookie", self.cookies());
        if let Some(form) = form {
            request = request.body("application/x-www-form-urlencoded", form);
        }
        let response = request.send(self.issuer)?;
        for (_, value) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            self.keep(&String::from_utf8_lossy(value))?;
        }
        Ok(response)
    }

    fn keep(&mut self, cookie: &str) -> Result<()> {
        let mut parts = cookie.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).context("a cookie has no name")?;
        if parts.any(|attribute| attribute == "Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(())
    }
}

impl Destination {
    /// The page; fails for a URL of another host.
    pub fn into_page(self) -> Result<Page> {
        match self {
            Self::Page(page) => Ok(page),
            Self::External(address) => bail!("the issuer redirects to {address}"),
        }
    }
}

impl Page {
    /// The hidden fields of the form whose target is `action`.
    pub fn hidden_fields(&self, action: &str) -> Result<Vec<(String, String)>> {
        let start = format!("<form method=\"post\" action=\"{action}\">");
        let form = self.html.split_once(&start).and_then(|(_, rest)| rest.split_once("</form>"));
        let (form, _) = form.with_context(|| format!("no form has the target {action}: {}", self.html))?;
        let fields = form.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|rest| {
            let (name, rest) = rest.split_once('"')?;
            let value = rest.strip_prefix(" value=\"")?.split('"').next()?;
            Some((decoded(name), decoded(value)))
        });
        Ok(fields.collect())
    }

    /// The target of a page that redirects by itself.
    fn refresh(&self) -> Option<String> {
        let (_, rest) = self.html.split_once("<meta http-equiv=\"refresh\" content=\"0;url=")?;
        rest.split('"').next().map(decoded)
    }
}

/// Decodes the character references of an HTML text.
fn decoded(text: &str) -> String {
    let mut parts = text.split('&');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').unwrap_or(("", part));
        let number = name.strip_prefix('#').and_then(|digits| digits.parse().ok()).and_then(char::from_u32);
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            _ => number,
        };
        decoded.extend(character);
        decoded.push_str(rest);
    }
    decoded
}
