// Obtains, validates (RFC 9068), introspects and revokes tokens with `oauth4webapi`.
// parameters.mjs lists the environment. Prints its results, and fails at any unexpected one.

import { expect, expectActive, expectClaims, expectEndpoints, expectLifetime, library, parameter, refused } from "./parameters.mjs";

const oauth = await library("oauth4webapi");

const issuer = new URL(parameter("ISSUER"));
const [secret, scope, audience] = ["CLIENT_SECRET", "SCOPE", "AUDIENCE"].map(parameter);
const client = { client_id: parameter("CLIENT_ID") };
// The issuer is on this machine's loopback, where TLS would protect nothing.
const options = { [oauth.allowInsecureRequests]: true };

const discovered = await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" });
const server = await oauth.processDiscoveryResponse(issuer, discovered);
expectEndpoints(server);

async function obtain(authentication) {
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, { scope }, options);
  return oauth.processClientCredentialsResponse(server, client, response);
}

async function introspect(authentication, token) {
  const response = await oauth.introspectionRequest(server, client, authentication, token, options);
  return oauth.processIntrospectionResponse(server, client, response);
}

/// Validates a token like a resource server (RFC 9068 section 4).
function validate(token, expected) {
  const request = new Request("https://api.example/orders/1", { headers: { authorization: `Bearer ${token}` } });
  return oauth.validateJwtAccessToken(server, request, expected, { ...options, signingAlgorithms: [parameter("ALGORITHM")] });
}

async function run(method, authenticate) {
  const authentication = authenticate(secret);
  const answer = await obtain(authentication);
  expect("token_type", answer.token_type, "bearer");
  expect("scope", answer.scope, scope);

  const claims = await validate(answer.access_token, audience);
  const header = JSON.parse(Buffer.from(answer.access_token.split(".")[0], "base64url"));
  expectClaims(claims, header);
  expectLifetime(answer.expires_in, claims);
  const otherAudience = await validate(answer.access_token, "https://other.example").catch((error) => error);
  expect("the error for another audience", otherAudience.name, "OperationProcessingError");

  expectActive(await introspect(authentication, answer.access_token), claims);
  const revocation = await oauth.revocationRequest(server, client, authentication, answer.access_token, options);
  await oauth.processRevocationResponse(revocation);
  // The response for an inactive token has no other member (RFC 7662 section 2.2).
  expect("after the revocation", await introspect(authentication, answer.access_token), { active: false });
  expect("of an invalid token", await introspect(authentication, "no-token"), { active: false });

  const refusals = [await refused(() => obtain(authenticate("wrong"))), await refused(() => introspect(authenticate("wrong"), "x"))];
  for (const { code } of refusals) expect("the refusal's code", code, "invalid_client");
  return { method, refusals };
}

const seen = [
  await run("client_secret_basic", oauth.ClientSecretBasic),
  await run("client_secret_post", oauth.ClientSecretPost),
];
console.log(JSON.stringify({ libraries: [oauth.version], algorithm: parameter("ALGORITHM"), seen }));
