// What the scripts of this folder share: where they find the libraries, what they are told, and what they expect.
//
// From the environment: NODE_PACKAGES (a node_modules folder), ISSUER, CLIENT_ID, CLIENT_SECRET, AUDIENCE, SCOPE and ALGORITHM,
// which access tokens are to be signed with. Those that act for users take as well: PUBLIC_CLIENT_ID, CALLBACK, where both clients may send users
// back to, USER_ID and PASSWORD of a user, and REGISTRATION_TOKEN, with which clients register.

import { deepStrictEqual } from "node:assert";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/// A variable that has to be there.
export function parameter(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

const packages = parameter("NODE_PACKAGES");

/// Loads a library from its folder, by the file that its package names as its main one.
export async function library(name) {
  const { version, exports } = JSON.parse(readFileSync(resolve(packages, name, "package.json"), "utf8"));
  const main = exports["."].default ?? exports["."];
  return { version: `${name} ${version}`, ...(await import(pathToFileURL(resolve(packages, name, main)))) };
}

/// Fails unless `got` is `wanted`.
export function expect(what, got, wanted) {
  deepStrictEqual(got, wanted, `${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
}

/// Fails unless the metadata names each endpoint that is used here, at the issuer.
export function expectEndpoints(metadata) {
  for (const name of ["token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"]) {
    expect(`${name} begins with the issuer's URL`, metadata[name]?.startsWith(`${parameter("ISSUER")}/`), true);
  }
}

/// Claims that a token and what is said of it (RFC 7662 section 2.2) have in common.
const COMMON = ["iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope"];

/// Fails unless an answer of the introspection endpoint says of a live token what that says of itself.
export function expectActive(answer, claims) {
  expect("active", answer.active, true);
  expect("token_type", answer.token_type?.toLowerCase(), "bearer");
  for (const name of COMMON) expect(`${name} in the introspection`, answer[name], claims[name]);
}

/// Fails unless `expires_in` is what remained of a token's life when it was handed out, which may be after it was minted: the issuer
/// answers again with a token that lives.
export function expectLifetime(expiresIn, claims) {
  const elapsed = claims.exp - expiresIn - claims.iat;
  expect(`expires_in ${expiresIn} is what remains`, elapsed >= 0 && claims.iat + elapsed <= Date.now() / 1000, true);
}

/// Fails unless a token's claims are what was asked for.
export function expectClaims(claims, header) {
  expect("alg", header.alg, parameter("ALGORITHM"));
  expect("typ", header.typ, "at+jwt");
  expect("iss", claims.iss, parameter("ISSUER"));
  expect("aud", [claims.aud].flat(), [parameter("AUDIENCE")]);
  expect("client_id", claims.client_id, parameter("CLIENT_ID"));
  expect("scope", claims.scope, parameter("SCOPE"));
}

/// Fails unless a token's claims are those of a user's token.
export function expectUsersToken(claims, clientId) {
  const wanted = { iss: parameter("ISSUER"), sub: parameter("USER_ID"), client_id: clientId, kind: "user", scope: parameter("SCOPE") };
  for (const [name, value] of Object.entries(wanted)) expect(name, claims[name], value);
}

/// Says what kind of error a library threw for an answer that refused the client, and the code in the answer's body.
export async function refused(action) {
  try {
    await action();
  } catch (error) {
    if (!(error.response instanceof Response)) throw error;
    const code = error.error ?? (await error.response.json()).error;
    return { error: error.name, status: error.status, code };
  }
  throw new Error("what is to be refused was accepted");
}
