// Obtains, verifies, introspects and revokes tokens with `openid-client`, and verifies them with `jose`.
// parameters.mjs lists the environment. Prints its results, and fails at any unexpected one.

import { expect, expectActive, expectClaims, expectEndpoints, expectLifetime, library, parameter, refused } from "./parameters.mjs";

const client = await library("openid-client");
const jose = await library("jose");

const issuer = new URL(parameter("ISSUER"));
const [id, secret, scope] = ["CLIENT_ID", "CLIENT_SECRET", "SCOPE"].map(parameter);

// `oauth2` reads the metadata of RFC 8414. The issuer is on this machine's loopback, where TLS would protect nothing.
const discover = (authentication) =>
  client.discovery(issuer, id, undefined, authentication, { algorithm: "oauth2", execute: [client.allowInsecureRequests] });

async function run(method, authentication) {
  const configuration = await discover(authentication(secret));
  const metadata = configuration.serverMetadata();
  expectEndpoints(metadata);
  const answer = await client.clientCredentialsGrant(configuration, { scope });
  expect("token_type", answer.token_type, "bearer");
  expect("scope", answer.scope, scope);

  const keys = jose.createRemoteJWKSet(new URL(metadata.jwks_uri));
  const checks = { issuer: parameter("ISSUER"), audience: parameter("AUDIENCE"), typ: "at+jwt", algorithms: [parameter("ALGORITHM")] };
  const { payload, protectedHeader } = await jose.jwtVerify(answer.access_token, keys, checks);
  expectClaims(payload, protectedHeader);
  expectLifetime(answer.expires_in, payload);

  expectActive(await client.tokenIntrospection(configuration, answer.access_token), payload);
  await client.tokenRevocation(configuration, answer.access_token);
  // The response for an inactive token has no other member (RFC 7662 section 2.2).
  expect("after the revocation", await client.tokenIntrospection(configuration, answer.access_token), { active: false });
  expect("of an invalid token", await client.tokenIntrospection(configuration, "no-token"), { active: false });

  const wrong = await discover(authentication("wrong"));
  const refusal = await refused(() => client.clientCredentialsGrant(wrong, { scope }));
  expect("the refusal's code", refusal.code, "invalid_client");
  return { method, refusal };
}

const seen = [
  await run("client_secret_basic", client.ClientSecretBasic),
  await run("client_secret_post", client.ClientSecretPost),
];
console.log(JSON.stringify({ libraries: [client.version, jose.version], algorithm: parameter("ALGORITHM"), seen }));
