// Shared code of the scripts in this folder: their libraries, parameters and expectations.
//
// Environment: NODE_PACKAGES (a node_modules folder), ISSUER, CLIENT_ID, CLIENT_SECRET, AUDIENCE, SCOPE and ALGORITHM, with which access
// tokens must be signed. Scripts for users also need PUBLIC_CLIENT_ID, CALLBACK, the redirect URI of both clients, USER_ID and PASSWORD of
// a user, and REGISTRATION_TOKEN, the initial access token.

import { deepStrictEqual } from "node:assert";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/// A required variable.
export function parameter(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

const packages = parameter("NODE_PACKAGES");

/// Loads a library from its folder, by the main file of its package.
export async function library(name) {
  const { version, exports } = JSON.parse(readFileSync(resolve(packages, name, "package.json"), "utf8"));
  const main = exports["."].default ?? exports["."];
  return { version: `${name} ${version}`, ...(await import(pathToFileURL(resolve(packages, name, main)))) };
}

/// Fails unless `got` equals `expected`.
export function expect(what, got, expected) {
  deepStrictEqual(got, expected, `${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(expected)}`);
}

/// Fails unless the metadata has each needed endpoint, at the issuer's URL.
export function expectEndpoints(metadata) {
  for (const name of ["token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"]) {
    expect(`${name} begins with the issuer's URL`, metadata[name]?.startsWith(`${parameter("ISSUER")}/`), true);
  }
}

/// Claims that a token and its introspection (RFC 7662 section 2.2) have in common.
const COMMON = ["iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope"];

/// Fails unless the introspection of a live token agrees with the token's claims.
export function expectActive(answer, claims) {
  expect("active", answer.active, true);
  expect("token_type", answer.token_type?.toLowerCase(), "bearer");
  for (const name of COMMON) expect(`${name} in the introspection`, answer[name], claims[name]);
}

/// Fails unless `expires_in` was the remaining validity at the time of the response, which may be after minting, because the issuer
/// returns a live token again.
export function expectLifetime(expiresIn, claims) {
  const elapsed = claims.exp - expiresIn - claims.iat;
  expect(`expires_in ${expiresIn} is what remains`, elapsed >= 0 && claims.iat + elapsed <= Date.now() / 1000, true);
}

/// Fails unless a token has the requested claims.
export function expectClaims(claims, header) {
  expect("alg", header.alg, parameter("ALGORITHM"));
  expect("typ", header.typ, "at+jwt");
  expect("iss", claims.iss, parameter("ISSUER"));
  expect("aud", [claims.aud].flat(), [parameter("AUDIENCE")]);
  expect("client_id", claims.client_id, parameter("CLIENT_ID"));
  expect("scope", claims.scope, parameter("SCOPE"));
}

/// Fails unless a token's claims are those of a user token.
export function expectUserToken(claims, clientId) {
  const expected = { iss: parameter("ISSUER"), sub: parameter("USER_ID"), client_id: clientId, kind: "user", scope: parameter("SCOPE") };
  for (const [name, value] of Object.entries(expected)) expect(name, claims[name], value);
}

/// Expects that the issuer refuses `action`. Returns the kind of the library's error, the status, and the error code of the response.
export async function refused(action) {
  try {
    await action();
  } catch (error) {
    if (!(error.response instanceof Response)) throw error;
    const code = error.error ?? (await error.response.json()).error;
    return { error: error.name, status: error.status, code };
  }
  throw new Error("the request was not refused");
}
