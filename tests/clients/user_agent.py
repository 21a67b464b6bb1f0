"""A minimal browser of a user, like user_agent.mjs."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

# More pages than any sequence of redirects or forms has.
PAGES = 10


class Page(HTMLParser):
    """The forms of a page, each with its hidden fields, and the target of a redirect."""

    def __init__(self, text):
        super().__init__()
        self.text, self.forms, self.names, self.refresh, self.form = text, {}, set(), None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "meta" and attributes.get("http-equiv") == "refresh":
            self.refresh = attributes["content"].removeprefix("0;url=")
        elif tag == "form":
            self.form = self.forms.setdefault(attributes["action"], {})
        elif tag == "input":
            self.names.add(attributes.get("name"))
            if attributes.get("type") == "hidden":
                self.form[attributes["name"]] = attributes["value"]


class UserAgent:
    def __init__(self, issuer, user, password):
        self.issuer, self.credentials, self.cookies = issuer, {"user": user, "password": password}, {}

    def authorize(self, url):
        """Opens an authorization request, signs in and consents. Returns the URL of the client to which the issuer redirects."""
        url, page = self.open(url)
        for _ in range(PAGES):
            if page is None:
                return url
            if "password" in page.names:
                url, page = self.send(page, "/sign-in", self.credentials)
            else:
                url, page = self.send(page, "/consent", {"decision": "allow"})
        raise RuntimeError(f"{url} shows too many pages")

    def decide(self, verification_uri, code, decision):
        """Allows or denies the device with the user code `code`."""
        _, page = self.open(verification_uri)
        if "password" in page.names:
            _, page = self.send(page, "/sign-in", self.credentials)
        _, page = self.send(page, "/device", {"user_code": code})
        _, page = self.send(page, "/device/decision", {"decision": decision})
        heading = "Device connected" if decision == "allow" else "Device denied"
        if heading not in page.text:
            raise RuntimeError(page.text)

    def send(self, page, action, fields):
        """Sends the form of a page whose target is `action`, with its hidden fields and these fields."""
        if action not in page.forms:
            raise RuntimeError(f"no form for {action}: {page.text}")
        return self.open(urljoin(self.issuer, action), {**page.forms[action], **fields})

    def open(self, url, form=None):
        """Opens a URL and follows redirects. URLs of other hosts are not opened."""
        for _ in range(PAGES):
            if urlsplit(url)[:2] != urlsplit(self.issuer)[:2]:
                return url, None
            # The cookie jar of requests sends `Secure` cookies only over TLS, and the issuer is on this machine's loopback.
            headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            method = "GET" if form is None else "POST"
            response = requests.request(method, url, data=form, headers=headers, allow_redirects=False, timeout=30)
            self.keep(response.raw.headers.getlist("set-cookie"))
            page = Page(response.text)
            following = response.headers.get("location") or page.refresh
            if following is None:
                if response.status_code != 200:
                    raise RuntimeError(f"{url} says {response.status_code}: {response.text}")
                return url, page
            url, form = urljoin(url, following), None
        raise RuntimeError(f"{url} redirects too often")

    def keep(self, cookies):
        for cookie in cookies:
            pair, *attributes = (part.strip() for part in cookie.split(";"))
            name, value = pair.split("=", 1)
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
