// A user with a browser: signs in, consents, lets a device in. It reads the issuer's pages, fills their forms, keeps their cookies, and goes
// on where a page says. No library would keep cookies for TLS alone on an issuer that is on this machine's loopback.

/// So many pages in a row are more than any way has.
const PAGES = 10;

export class UserAgent {
  #cookies = new Map();

  constructor(issuer, user, password) {
    Object.assign(this, { origin: new URL(issuer).origin, user, password });
  }

  /// Goes where a client sends its user and says yes to everything; gives the address that is not the issuer's in the end.
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

  /// Lets the device in that shows `code`, or not.
  async decide(verificationUri, code, decision) {
    let page = await this.open(verificationUri);
    if (page.text.includes('name="password"')) {
      page = await this.send(page, "/sign-in", { user: this.user, password: this.password });
    }
    page = await this.send(page, "/device", { user_code: code });
    page = await this.send(page, "/device/decision", { decision });
    const said = decision === "allow" ? "Device connected" : "Device denied";
    if (!page.text.includes(said)) throw new Error(`${page.url} says ${page.status}: ${page.text}`);
  }

  /// Sends the form of a page that goes to `action`, with what it holds already and these fields.
  send(page, action, fields) {
    const forms = [...page.text.matchAll(/<form method="post" action="([^"]*)">(.*?)<\/form>/gs)];
    const form = forms.find(([, own]) => plain(own) === action);
    if (!form) throw new Error(`${page.url} has no form for ${action}: ${page.text}`);
    const held = [...form[2].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
    const body = new URLSearchParams(held.map(([, name, value]) => [plain(name), plain(value)]));
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return this.open(new URL(action, this.origin), { method: "POST", body });
  }

  /// Opens an address and goes on where the answer says; what is not at the issuer is not opened.
  async open(url, request = {}) {
    for (let pages = 0; pages <= PAGES; pages += 1) {
      if (new URL(url).origin !== this.origin) return { url: new URL(url) };
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(url, { ...request, redirect: "manual", headers: { cookie } });
      this.#keep(response.headers.getSetCookie());
      const text = await response.text();
      const refresh = text.match(/<meta http-equiv="refresh" content="0;url=([^"]*)">/);
      const next = response.headers.get("location") ?? (refresh && plain(refresh[1]));
      if (!next) return { url: new URL(url), status: response.status, text };
      [url, request] = [new URL(next, url), {}];
    }
    throw new Error(`${url} sends its visitors on for ever`);
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

/// What a text in HTML says.
function plain(text) {
  const named = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return text.replace(/&(?:#(\d+)|(amp|lt|gt|quot));/g, (_, number, name) => (number ? String.fromCodePoint(number) : named[name]));
}
