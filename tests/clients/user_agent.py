"""A user with a browser: signs in, consents, lets a device in. It does what user_agent.mjs does."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

# So many pages in a row are more than any way has.
PAGES = 10


class Page(HTMLParser):
    """What a page asks for: its forms, each with the values that it holds already, and where it sends its visitors on."""

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
        """Goes where a client sends its user and says yes to everything; gives the address that is not the issuer's in the end."""
        url, page = self.open(url)
        for _ in range(PAGES):
            if page is None:
                return url
            if "password" in page.names:
                url, page = self.send(page, "/sign-in", self.credentials)
            else:
                url, page = self.send(page, "/consent", {"decision": "allow"})
        raise RuntimeError(f"{url} asks for ever")

    def decide(self, verification_uri, code, decision):
        """Lets the device in that shows `code`, or not."""
        _, page = self.open(verification_uri)
        if "password" in page.names:
            _, page = self.send(page, "/sign-in", self.credentials)
        _, page = self.send(page, "/device", {"user_code": code})
        _, page = self.send(page, "/device/decision", {"decision": decision})
        said = "Device connected" if decision == "allow" else "Device denied"
        if said not in page.text:
            raise RuntimeError(page.text)

    def send(self, page, action, fields):
        """Sends the form of a page that goes to `action`, with what it holds already and these fields."""
        if action not in page.forms:
            raise RuntimeError(f"no form for {action}: {page.text}")
        return self.open(urljoin(self.issuer, action), {**page.forms[action], **fields})

    def open(self, url, form=None):
        """Opens an address and goes on where the answer says; what is not at the issuer is not opened."""
        for _ in range(PAGES):
            if urlsplit(url)[:2] != urlsplit(self.issuer)[:2]:
                return url, None
            # Its own jar would keep cookies for TLS alone, and the issuer is on this machine's loopback.
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
        raise RuntimeError(f"{url} sends its visitors on for ever")

    def keep(self, cookies):
        for cookie in cookies:
            pair, *attributes = (part.strip() for part in cookie.split(";"))
            name, value = pair.split("=", 1)
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
