// npm oidc-provider as the identity provider of a company, with the pages for signing in that it has for development.
// Arguments: the folder of the installation, and the redirect URI of its one client. Prints {"issuer": URL} once it accepts connections.
// Anyone can sign in as anyone. `GET /groups/NAME/GROUP` moves a person to one group, and `GET /groups/NAME/` to none.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, redirectUri] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));

// The standard output is for the one line: whoever reads it may not read on.
for (const name of ["info", "log", "warn"]) console[name] = console.error;

const groups = new Map();

function account(_, name) {
  const claims = () => ({ sub: name, preferred_username: name, groups: groups.get(name) ?? [] });
  return { accountId: name, claims };
}

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "postern", client_secret: "a secret of the client", redirect_uris: [redirectUri] }],
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email", "email_verified"] },
    cookies: { keys: ["a key for cookies"] },
    findAccount: account,
    pkce: { required: () => true },
  });
  provider.on("server_error", (_, error) => console.error(error));
  provider.on("grant.error", (_, error) => console.error(error));
  const respond = provider.callback();
  server.on("request", (request, response) => {
    const [, kind, name, group] = request.url.split("/");
    if (kind !== "groups") return respond(request, response);
    groups.set(name, [group].filter(Boolean));
    response.end();
  });
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
});
