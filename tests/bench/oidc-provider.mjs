// npm oidc-provider with its default storage in memory: client_credentials with JWT access tokens signed with ES256.
// Arguments: the folder of the installation, and the number of clients (`client-0` …, with the secrets `secret-0` …). Prints
// {"listening": ADDRESS} once it accepts connections. With `sign` instead of the number it prints its signatures per second.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, clients] = process.argv.slice(2);
const load = async (name) => {
  const require = createRequire(join(folder, "package.json"));
  return import(pathToFileURL(require.resolve(name)));
};
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

// A payload as long as those of Postern's issuer.
const payload = new Uint8Array(450).fill(120);

async function sign() {
  const jose = await load("jose");
  const kinds = {
    HS256: async () => new Uint8Array(32).fill(7),
    ES256: async () => (await jose.generateKeyPair("ES256")).privateKey,
    EdDSA: async () => (await jose.generateKeyPair("EdDSA")).privateKey,
    RS256: async () => (await jose.generateKeyPair("RS256")).privateKey,
  };
  const rates = {};
  for (const [alg, make] of Object.entries(kinds)) {
    const key = await make();
    const one = () => new jose.CompactSign(payload).setProtectedHeader({ alg, typ: "at+jwt", kid: "k" }).sign(key);
    for (let count = 0; count < 500; count += 1) await one();
    const before = process.cpuUsage();
    const end = performance.now() + 1500;
    let signed = 0;
    while (performance.now() < end) {
      await one();
      signed += 1;
    }
    const used = process.cpuUsage(before);
    // Per second of one core, whichever thread did the work.
    rates[alg] = (signed * 1e6) / (used.user + used.system);
  }
  say(rates);
}

async function serve() {
  const { default: Provider } = await load("oidc-provider");
  const jose = await load("jose");
  const { privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
  const key = { ...(await jose.exportJWK(privateKey)), alg: "ES256", use: "sig", kid: "k" };
  const client = (_, number) => ({
    client_id: `client-${number}`,
    client_secret: `secret-${number}`,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: "ES256",
    token_endpoint_auth_method: "client_secret_basic",
  });
  const provider = new Provider("https://issuer.example", {
    clients: Array.from({ length: Number(clients) }, client),
    jwks: { keys: [key] },
    cookies: { keys: ["an unused key for cookies"] },
    ttl: { ClientCredentials: 3600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "https://api.example",
        getResourceServerInfo: () => ({
          scope: "orders menu",
          audience: "https://api.example",
          accessTokenTTL: 3600,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  });
  // Makes errors visible.
  provider.on("server_error", (_, error) => console.error(error));
  provider.on("grant.error", (_, error) => console.error(error));
  const server = createServer(provider.callback());
  server.listen(0, "127.0.0.1", () => {
    const { address, port } = server.address();
    say({ listening: `${address}:${port}` });
  });
}

await (clients === "sign" ? sign() : serve());
