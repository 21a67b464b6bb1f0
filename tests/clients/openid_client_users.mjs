// Obtains, refreshes and revokes user tokens with `openid-client`, and verifies them with `jose`: with a code, on a device, and as a
// client that registered itself. parameters.mjs lists the environment, and user_agent.mjs is the user's browser. Prints the grant types
// that it used, and fails at any unexpected result.

import { expect, expectUserToken, library, parameter, refused } from "./parameters.mjs";
import { UserAgent } from "./user_agent.mjs";

const client = await library("openid-client");
const jose = await library("jose");

const issuer = new URL(parameter("ISSUER"));
const [callback, scope] = ["CALLBACK", "SCOPE"].map(parameter);
// `oauth2` reads the metadata of RFC 8414. The issuer is on this machine's loopback, where TLS would protect nothing.
const options = { algorithm: "oauth2", execute: [client.allowInsecureRequests] };

async function check(configuration, answer) {
  expect("token_type", answer.token_type, "bearer");
  expect("scope", answer.scope, scope);
  const keys = jose.createRemoteJWKSet(new URL(configuration.serverMetadata().jwks_uri));
  const checks = { issuer: parameter("ISSUER"), audience: parameter("AUDIENCE"), typ: "at+jwt", algorithms: [parameter("ALGORITHM")] };
  const { payload } = await jose.jwtVerify(answer.access_token, keys, checks);
  expectUserToken(payload, configuration.clientMetadata().client_id);
}

async function authorize(configuration) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: callback,
    scope,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const returned = await new UserAgent(issuer, parameter("USER_ID"), parameter("PASSWORD")).authorize(url);
  expect("iss beside the code (RFC 9207)", returned.searchParams.get("iss"), parameter("ISSUER"));
  return client.authorizationCodeGrant(configuration, returned, { pkceCodeVerifier: verifier, expectedState: state });
}

/// Refreshes a token twice, as if the first answer were lost. Then revokes the grant, and expects that both refresh tokens are refused.
async function refreshAndRevoke(configuration, answer) {
  const refreshed = await client.refreshTokenGrant(configuration, answer.refresh_token);
  await check(configuration, refreshed);
  expect("another refresh token", refreshed.refresh_token === answer.refresh_token, false);
  const repeated = await client.refreshTokenGrant(configuration, answer.refresh_token);
  await check(configuration, repeated);
  await client.tokenRevocation(configuration, repeated.refresh_token);
  const spent = await refused(() => client.refreshTokenGrant(configuration, answer.refresh_token));
  expect("the refusal of a spent refresh token", spent.code, "invalid_grant");
  const ended = await refused(() => client.refreshTokenGrant(configuration, repeated.refresh_token));
  expect("the refusal of a revoked refresh token", ended.code, "invalid_grant");
  return [spent, ended];
}

async function code(configuration) {
  const answer = await authorize(configuration);
  await check(configuration, answer);
  return refreshAndRevoke(configuration, answer);
}

async function device(configuration) {
  const begin = () => client.initiateDeviceAuthorization(configuration, { scope });
  const agent = new UserAgent(issuer, parameter("USER_ID"), parameter("PASSWORD"));
  const begun = await begin();
  expect("verification_uri", begun.verification_uri, `${parameter("ISSUER")}/device`);
  const [answer] = await Promise.all([
    client.pollDeviceAuthorizationGrant(configuration, begun),
    agent.decide(begun.verification_uri, begun.user_code, "allow"),
  ]);
  await check(configuration, answer);
  const denied = await begin();
  await agent.decide(denied.verification_uri_complete, denied.user_code, "deny");
  const refusal = await refused(() => client.pollDeviceAuthorizationGrant(configuration, denied));
  expect("the refusal of a device that was denied", refusal.code, "access_denied");
  return [...(await refreshAndRevoke(configuration, answer)), refusal];
}

async function register(authentication) {
  const metadata = {
    client_name: "Registered by openid-client",
    redirect_uris: [callback],
    grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    response_types: ["code"],
    scope,
    token_endpoint_auth_method: authentication,
  };
  const configuration = await client.dynamicClientRegistration(issuer, metadata, undefined, {
    ...options,
    initialAccessToken: parameter("REGISTRATION_TOKEN"),
  });
  expect("redirect_uris", configuration.clientMetadata().redirect_uris, [callback]);
  return configuration;
}

const discover = (id, authentication) => client.discovery(issuer, parameter(id), undefined, authentication, options);
const confidential = await discover("CLIENT_ID", client.ClientSecretBasic(parameter("CLIENT_SECRET")));
const open = await discover("PUBLIC_CLIENT_ID", client.None());
const seen = {
  code: await code(confidential),
  "code, of a public client": await code(open),
  device: await device(confidential),
  registration: await code(await register("client_secret_basic")),
  "registration of a public client": await device(await register("none")),
};
console.log(JSON.stringify({ libraries: [client.version, jose.version], algorithm: parameter("ALGORITHM"), seen }));
