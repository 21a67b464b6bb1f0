// Obtains, validates (RFC 9068), refreshes and revokes user tokens with `oauth4webapi`: with a code, on a device, with the password grant
// if an administrator allows it, and as a client that registered itself. parameters.mjs lists the environment, and user_agent.mjs is the
// user's browser. Prints the grant types that it used, and fails at any unexpected result.

import { expect, expectActive, expectUserToken, library, parameter, refused } from "./parameters.mjs";
import { UserAgent } from "./user_agent.mjs";

const oauth = await library("oauth4webapi");

const issuer = new URL(parameter("ISSUER"));
const [callback, scope, audience] = ["CALLBACK", "SCOPE", "AUDIENCE"].map(parameter);
// The issuer is on this machine's loopback, where TLS would protect nothing.
const options = { [oauth.allowInsecureRequests]: true };
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" }),
);

/// A client and its authentication.
const confidential = {
  client: { client_id: parameter("CLIENT_ID") },
  authentication: oauth.ClientSecretPost(parameter("CLIENT_SECRET")),
};
const open = { client: { client_id: parameter("PUBLIC_CLIENT_ID") }, authentication: oauth.None() };

async function check({ client, authentication }, answer) {
  expect("token_type", answer.token_type, "bearer");
  expect("scope", answer.scope, scope);
  const request = new Request("https://api.example/pizza/1.0.0/me", { headers: { authorization: `Bearer ${answer.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(server, request, audience, {
    ...options,
    signingAlgorithms: [parameter("ALGORITHM")],
  });
  expectUserToken(claims, client.client_id);
  // A public client may not introspect (RFC 7662 section 2.1).
  if (client.client_id === open.client.client_id) return;
  expectActive(await introspect({ client, authentication }, answer.access_token), claims);
}

async function introspect({ client, authentication }, token) {
  const response = await oauth.introspectionRequest(server, client, authentication, token, options);
  return oauth.processIntrospectionResponse(server, client, response);
}

async function refresh({ client, authentication }, token) {
  const response = await oauth.refreshTokenGrantRequest(server, client, authentication, token, options);
  return oauth.processRefreshTokenResponse(server, client, response);
}

/// Refreshes a token twice, as if the first answer were lost. Then revokes the grant, and expects that both refresh tokens are refused.
async function refreshAndRevoke(own, answer) {
  const refreshed = await refresh(own, answer.refresh_token);
  await check(own, refreshed);
  const repeated = await refresh(own, answer.refresh_token);
  await check(own, repeated);
  const revocation = await oauth.revocationRequest(server, own.client, own.authentication, repeated.refresh_token, options);
  await oauth.processRevocationResponse(revocation);
  const spent = await refused(() => refresh(own, answer.refresh_token));
  expect("the refusal of a spent refresh token", spent.code, "invalid_grant");
  const ended = await refused(() => refresh(own, repeated.refresh_token));
  expect("the refusal of a revoked refresh token", ended.code, "invalid_grant");
  return [spent, ended];
}

async function code(own) {
  const { client, authentication } = own;
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: callback,
    response_type: "code",
    scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const returned = await new UserAgent(issuer, parameter("USER_ID"), parameter("PASSWORD")).authorize(url);
  // The library requires `iss` (RFC 9207), because the metadata announces it.
  const parameters = oauth.validateAuthResponse(server, client, returned, state);
  const exchange = () => oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, callback, verifier, options);
  const answer = await oauth.processAuthorizationCodeResponse(server, client, await exchange());
  await check(own, answer);
  const refusals = await refreshAndRevoke(own, answer);
  const again = await refused(async () => oauth.processAuthorizationCodeResponse(server, client, await exchange()));
  expect("the refusal of a code that was used", again.code, "invalid_grant");
  return [...refusals, again];
}

async function device(own) {
  const { client, authentication } = own;
  const begin = async () => {
    const response = await oauth.deviceAuthorizationRequest(server, client, authentication, { scope }, options);
    return oauth.processDeviceAuthorizationResponse(server, client, response);
  };
  const poll = async ({ device_code }) => {
    const response = await oauth.deviceCodeGrantRequest(server, client, authentication, device_code, options);
    return oauth.processDeviceCodeResponse(server, client, response);
  };
  const agent = new UserAgent(issuer, parameter("USER_ID"), parameter("PASSWORD"));
  const begun = await begin();
  const pending = await refused(() => poll(begun));
  expect("the refusal before the user decides", pending.code, "authorization_pending");
  const hasty = await refused(() => poll(begun));
  expect("the refusal of a poll that is too early", hasty.code, "slow_down");
  await agent.decide(begun.verification_uri, begun.user_code, "allow");
  // After `slow_down` the client must wait for longer (RFC 8628 section 3.5).
  await new Promise((resolve) => setTimeout(resolve, 1000 * (begun.interval + 5)));
  const answer = await poll(begun);
  await check(own, answer);
  const again = await refused(() => poll(begun));
  return [pending, hasty, again, ...(await refreshAndRevoke(own, answer))];
}

async function password(own) {
  const { client, authentication } = own;
  const grant = async (word) => {
    const parameters = { username: parameter("USER_ID"), password: word, scope };
    const response = await oauth.genericTokenEndpointRequest(server, client, authentication, "password", parameters, options);
    return oauth.processGenericTokenEndpointResponse(server, client, response);
  };
  const answer = await grant(parameter("PASSWORD"));
  await check(own, answer);
  const wrong = await refused(() => grant("not the password"));
  expect("the refusal of a wrong password", wrong.code, "invalid_grant");
  return [wrong, ...(await refreshAndRevoke(own, answer))];
}

async function register(method) {
  const metadata = { client_name: "Registered by oauth4webapi", redirect_uris: [callback], scope, token_endpoint_auth_method: method };
  const grants = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };
  const request = async (token) => {
    const more = { ...options, initialAccessToken: token };
    const response = await oauth.dynamicClientRegistrationRequest(server, { ...metadata, ...grants }, more);
    return oauth.processDynamicClientRegistrationResponse(response);
  };
  const client = await request(parameter("REGISTRATION_TOKEN"));
  const wrong = await refused(() => request("preg_wrong"));
  expect("the refusal of a wrong initial access token", [wrong.status, wrong.code], [401, "invalid_token"]);
  return { client, authentication: oauth.ClientSecretBasic(client.client_secret) };
}

const seen = {
  code: await code(confidential),
  "code, of a public client": await code(open),
  device: await device(confidential),
  password: await password(confidential),
  registration: await code(await register("client_secret_basic")),
};
console.log(JSON.stringify({ libraries: [oauth.version], algorithm: parameter("ALGORITHM"), seen }));
