// A minimal browser of a user, who signs in, consents and allows devices. It sends the forms of the issuer's pages, keeps their cookies,
// and follows redirects. Libraries would not keep `Secure` cookies of an issuer that is on this machine's loopback.

/// More pages than any sequence of redirects or forms has.
const PAGES = 10;

export class UserAgent {
  #cookies = new Map();

  constructor(issuer, user, password) {
    Object.assign(this, { origin: new URL(issuer).origin, user, password });
  }

  /// Opens an authorization request, signs in and consents. Returns the URL of the client to which the issuer redirects.
  async authorize(url) {
    let page = await this.open(url);
    for (let pages = 0; page.text !== undefined; pages += 1) {
      if (pages > PAGES || page.status !== 200) throw new Error(`${page.url} says ${page.status}: ${page.text}`);
      page = page.text.includes('name="password"')
        ? await this.send(page, "/sign-in", { user: this.user, password: this.password })
        : await this.send(page, "/consent", { decision: "allow" });
    }
    return page.url;
  }

  /// Allows or denies the device with the user code `code`.
  async decide(verificationUri, code, decision) {
    let page = await this.open(verificationUri);
    if (page.text.includes('name="password"')) {
      page = await this.send(page, "/sign-in", { user: this.user, password: this.password });
    }
    page = await this.send(page, "/device", { user_code: code });
    page = await this.send(page, "/device/decision", { decision });
    const heading = decision === "allow" ? "Device connected" : "Device denied";
    if (!page.text.includes(heading)) throw new Error(`${page.url} says ${page.status}: ${page.text}`);
  }

  /// Sends the form of a page whose target is `action`, with its hidden fields and these fields.
  send(page, action, fields) {
    const forms = [...page.text.matchAll(/<form method="post" action="([^"]*)">(.*?)<\/form>/gs)];
    const form = forms.find(([, own]) => decoded(own) === action);
    if (!form) throw new Error(`${page.url} has no form for ${action}: ${page.text}`);
    const hidden = [...form[2].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
    const body = new URLSearchParams(hidden.map(([, name, value]) => [decoded(name), decoded(value)]));
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return this.open(new URL(action, this.origin), { method: "POST", body });
  }

  /// Opens a URL and follows redirects. URLs of other hosts are not opened.
  async open(url, request = {}) {
    for (let pages = 0; pages <= PAGES; pages += 1) {
      if (new URL(url).origin !== this.origin) return { url: new URL(url) };
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(url, { ...request, redirect: "manual", headers: { cookie } });
      this.#keep(response.headers.getSetCookie());
      const text = await response.text();
      const refresh = text.match(/<meta http-equiv="refresh" content="0;url=([^"]*)">/);
      const next = response.headers.get("location") ?? (refresh && decoded(refresh[1]));
      if (!next) return { url: new URL(url), status: response.status, text };
      [url, request] = [new URL(next, url), {}];
    }
    throw new Error(`${url} redirects too often`);
  }

  #keep(cookies) {
    for (const cookie of cookies) {
      const [pair, ...attributes] = cookie.split(";").map((part) => part.trim());
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (attributes.includes("Max-Age=0")) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

/// Decodes the character references of an HTML text.
function decoded(text) {
  const named = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return text.replace(/&(?:#(\d+)|(amp|lt|gt|quot));/g, (_, number, name) => (number ? String.fromCodePoint(number) : named[name]));
}
