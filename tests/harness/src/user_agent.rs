//! A user with a browser: reads the issuer's pages, fills their forms, keeps their cookies, and goes on where a page says.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::client::{Request, Response};

/// So many pages in a row are more than any way has.
const PAGES: usize = 10;

/// A browser that knows one issuer.
#[derive(Debug, Clone)]
pub struct UserAgent {
    issuer: SocketAddr,
    url: Url,
    cookies: BTreeMap<String, String>,
}

/// Where the browser is.
#[derive(Debug)]
pub enum Place {
    /// On a page of the issuer's.
    Here(Page),
    /// At an address that is not the issuer's, which it does not open.
    Elsewhere(Url),
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// The answer's status.
    pub status: u16,
    /// What is on it, as HTML.
    pub html: String,
}

impl UserAgent {
    /// A browser with nothing in it, for the issuer that calls itself `url` and listens at `issuer`.
    pub fn new(issuer: SocketAddr, url: &str) -> Result<Self> {
        Ok(Self { issuer, url: Url::parse(url)?, cookies: BTreeMap::new() })
    }

    /// Opens the issuer's pages at another address from now on, and keeps the cookies: another process of the same issuer listens there.
    pub fn move_to(&mut self, issuer: SocketAddr) {
        self.issuer = issuer;
    }

    /// Goes where a client sends its user, signs in where that is asked for, and decides about the application; gives the address of the client's at which it ends.
    pub fn authorize(&mut self, target: &str, user: &str, password: &str, decision: &str) -> Result<Url> {
        let mut place = self.open(target)?;
        for _ in 0..PAGES {
            let page = match place {
                Place::Elsewhere(address) => return Ok(address),
                Place::Here(page) => page,
            };
            ensure!(page.status == 200, "the issuer shows {}: {}", page.status, page.html);
            place = if page.html.contains("name=\"password\"") {
                self.send(&page, "/sign-in", &[("user", user), ("password", password)])?
            } else {
                self.send(&page, "/consent", &[("decision", decision)])?
            };
        }
        bail!("the issuer asks for ever")
    }

    /// Opens the user's own page, and signs in where that is asked for.
    pub fn account(&mut self, user: &str, password: &str) -> Result<Page> {
        let page = self.open("/account")?.here()?;
        if page.html.contains("name=\"password\"") {
            return self.send(&page, "/sign-in", &[("user", user), ("password", password)])?.here();
        }
        Ok(page)
    }

    /// Opens a page of the issuer's by its path, and goes on where the answer says.
    pub fn open(&mut self, target: &str) -> Result<Place> {
        self.follow(target, None)
    }

    /// Sends the form of a page that goes to `action`, with what it holds already and these fields.
    pub fn send(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Result<Place> {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(page.hidden_fields(action)?);
        body.extend_pairs(fields);
        self.follow(action, Some(body.finish()))
    }

    fn follow(&mut self, target: &str, mut form: Option<String>) -> Result<Place> {
        let mut address = self.url.join(target)?;
        for _ in 0..PAGES {
            if address.origin() != self.url.origin() {
                return Ok(Place::Elsewhere(address));
            }
            let response = self.exchange(&address, form.take())?;
            let page = Page { status: response.status, html: String::from_utf8_lossy(&response.body).into_owned() };
            let Some(next) = response.header("location").or_else(|| page.refresh()) else { return Ok(Place::Here(page)) };
            address = address.join(&next)?;
        }
        bail!("the issuer sends its visitors on for ever")
    }

    fn exchange(&mut self, address: &Url, form: Option<String>) -> Result<Response> {
        let target = address.query().map_or_else(|| address.path().to_owned(), |query| format!("{}?{query}", address.path()));
        let host = address.host_str().context("the issuer has no host")?;
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let method = if form.is_some() { "POST" } else { "GET" };
        let mut request = Request::new(method, target, host).header("cookie", cookies.join("; "));
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

impl Place {
    /// The issuer's page.
    pub fn here(self) -> Result<Page> {
        match self {
            Self::Here(page) => Ok(page),
            Self::Elsewhere(address) => bail!("the issuer sends its visitor to {address}"),
        }
    }
}

impl Page {
    /// What the form that goes to `action` holds, and its visitor does not see.
    fn hidden_fields(&self, action: &str) -> Result<Vec<(String, String)>> {
        let start = format!("<form method=\"post\" action=\"{action}\">");
        let form = self.html.split_once(&start).and_then(|(_, rest)| rest.split_once("</form>"));
        let (form, _) = form.with_context(|| format!("no form goes to {action}: {}", self.html))?;
        let fields = form.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|rest| {
            let (name, rest) = rest.split_once('"')?;
            let value = rest.strip_prefix(" value=\"")?.split('"').next()?;
            Some((plain(name), plain(value)))
        });
        Ok(fields.collect())
    }

    /// Where it sends its visitors by itself.
    fn refresh(&self) -> Option<String> {
        let (_, rest) = self.html.split_once("<meta http-equiv=\"refresh\" content=\"0;url=")?;
        rest.split('"').next().map(plain)
    }
}

/// What a text in HTML says.
fn plain(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
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
        plain.extend(character);
        plain.push_str(rest);
    }
    plain
}
