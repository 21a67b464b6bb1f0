// Signs people in at the issuer with npm oidc-provider, over plain HTTP and without a browser. Environment: ISSUER, PROVIDER. Prints the
// title of the last page for each person: a developer, one in no group, the first one again without the group, and one who cancels.

import { parameter } from "./parameters.mjs";

const issuer = parameter("ISSUER");

/// A client that keeps cookies for each host and follows redirects, as a browser does.
class Client {
  #jars = new Map();

  async request(address, form) {
    let url = new URL(address);
    for (let hops = 0; hops < 20; hops += 1) {
      const jar = this.#jars.get(url.host) ?? new Map();
      this.#jars.set(url.host, jar);
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
      const body = form && new URLSearchParams(form);
      const response = await fetch(url, { method: form ? "POST" : "GET", body, redirect: "manual", headers: { cookie } });
      for (const line of response.headers.getSetCookie()) {
        const [pair] = line.split(";");
        const at = pair.indexOf("=");
        if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(pair.slice(0, at));
        else jar.set(pair.slice(0, at), pair.slice(at + 1));
      }
      const html = await response.text();
      const next = response.headers.get("location") ?? html.match(/http-equiv="refresh" content="0;url=([^"]*)"/)?.[1];
      if (!next) return { url, html };
      url = new URL(next.replaceAll("&#38;", "&").replaceAll("&amp;", "&"), url);
      form = undefined;
    }
    throw new Error("too many redirects");
  }

  /// Sends the form of a page whose target contains `target`, with its hidden fields and these.
  submit({ url, html }, target, fields) {
    const form = html.split("<form").find((part) => part.includes("action=") && part.includes(target));
    if (!form) throw new Error(`no form to ${target} at ${url}: ${html}`);
    const hidden = [...form.split("</form>")[0].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    const action = form.match(/action="([^"]*)"/)[1].replaceAll("&#x2F;", "/");
    return this.request(new URL(action, url), { ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), ...fields });
  }
}

const title = ({ html }) => html.match(/<h1[^>]*>([^<]*)<\/h1>/)?.[1] ?? html;
const titles = [];

for (const [login, group] of [["alice", "developers"], ["bob", ""], ["alice", ""]]) {
  await fetch(`${parameter("PROVIDER")}/groups/${login}/${group}`);
  const client = new Client();
  let page = await client.submit(await client.request(`${issuer}/sign-in?next=/portal`), "/sign-in/begin/corp", {});
  page = await client.submit(page, "/interaction/", { prompt: "login", login, password: "any" });
  page = await client.submit(page, "/interaction/", { prompt: "consent" });
  if (page.url.href !== `${issuer}/portal`) throw new Error(`${page.url}: ${page.html}`);
  titles.push(title(page));
}

const client = new Client();
const page = await client.submit(await client.request(`${issuer}/sign-in?next=/portal`), "/sign-in/begin/corp", {});
const cancel = page.html.match(/href="([^"]*\/abort)"/)[1];
titles.push(title(await client.request(new URL(cancel, page.url))));
process.stdout.write(JSON.stringify(titles));
