"""Obtains, validates, introspects and revokes tokens with `authlib`, and verifies them with `joserfc`.

Environment: ISSUER, CLIENT_ID, CLIENT_SECRET, AUDIENCE, SCOPE and ALGORITHM, with which access tokens must be signed. Prints its
results, and fails at any unexpected one.
"""

import json
import os
import sys
import time
import warnings
from importlib.metadata import version

# The issuer is on this machine's loopback, where TLS would protect nothing.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import KeySet

ISSUER, CLIENT_ID, CLIENT_SECRET, AUDIENCE, SCOPE, ALGORITHM = (
    os.environ[name] for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "AUDIENCE", "SCOPE", "ALGORITHM")
)

# Claims that a token and its introspection (RFC 7662 section 2.2) have in common.
COMMON = ("iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope")


def expect(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: {got!r} instead of {expected!r}")


def answered(what, response):
    expect(f"the status of {what}", response.status_code, 200)
    return response


def discover():
    response = answered("the metadata", requests.get(get_well_known_url(ISSUER, external=True), timeout=30))
    metadata = AuthorizationServerMetadata(response.json())
    metadata.validate()
    expect("issuer in the metadata", metadata["issuer"], ISSUER)
    for name in ("token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"):
        expect(f"{name} begins with the issuer's URL", metadata.get(name, "").startswith(f"{ISSUER}/"), True)
    return metadata


class ResourceServer(JWTBearerTokenValidator):
    """A resource server (RFC 9068 section 4)."""

    def __init__(self, keys, audience):
        self.keys = keys
        super().__init__(issuer=ISSUER, resource_server=audience)

    def get_jwks(self):
        return self.keys

    def check(self, token, scope):
        claims = self.authenticate_token(token)
        self.validate_token(claims, [scope], None)
        return claims


def session(metadata, method, secret):
    return OAuth2Session(
        CLIENT_ID,
        secret,
        scope=SCOPE,
        token_endpoint=metadata["token_endpoint"],
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )


def verify(keys, token):
    """Verifies the token with joserfc and returns its claims."""
    with warnings.catch_warnings():
        # RFC 9864 names the algorithm `Ed25519`, which few libraries support yet.
        warnings.simplefilter("ignore", SecurityWarning)
        decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        client_id={"essential": True, "value": CLIENT_ID},
        scope={"essential": True, "value": SCOPE},
        exp={"essential": True},
        jti={"essential": True},
    )
    registry.validate(decoded.claims)
    expect("typ", decoded.header["typ"], "at+jwt")
    return decoded.claims


def guard(keys, token):
    """Validates the token with resource servers of authlib, which support the algorithms that joserfc recommends."""
    if ALGORITHM == "EdDSA":
        return
    ResourceServer(keys, AUDIENCE).check(token, SCOPE)
    try:
        ResourceServer(keys, "https://other.example").check(token, SCOPE)
    except InvalidTokenError:
        return
    sys.exit("a resource server accepted a token for another one")


def refused(metadata, method):
    try:
        session(metadata, method, "wrong").fetch_token(grant_type="client_credentials")
    except OAuthError as error:
        expect("the refusal's code", error.error, "invalid_client")
        return {"error": type(error).__name__, "code": error.error}
    sys.exit("a wrong secret was accepted")


def run(metadata, method):
    client = session(metadata, method, CLIENT_SECRET)
    answer = client.fetch_token(grant_type="client_credentials")
    token = answer["access_token"]
    expect("token_type", answer["token_type"].lower(), "bearer")
    expect("scope", answer["scope"], SCOPE)

    keys = KeySet.import_key_set(answered("the keys", requests.get(metadata["jwks_uri"], timeout=30)).json())
    claims = verify(keys, token)
    # The remaining validity at the time of the response, which may be after minting, because the issuer returns a live token again.
    elapsed = claims["exp"] - answer["expires_in"] - claims["iat"]
    expect("expires_in is what remains", 0 <= elapsed <= time.time() - claims["iat"], True)
    guard(keys, token)

    def introspect(what):
        response = client.introspect_token(metadata["introspection_endpoint"], token=what, token_type_hint="access_token")
        return answered("the introspection", response).json()

    introspected = introspect(token)
    expect("active", introspected["active"], True)
    for name in COMMON:
        expect(f"{name} in the introspection", introspected.get(name), claims[name])
    answered("the revocation", client.revoke_token(metadata["revocation_endpoint"], token=token))
    # The response for an inactive token has no other member (RFC 7662 section 2.2).
    expect("after the revocation", introspect(token), {"active": False})
    expect("of an invalid token", introspect("no-token"), {"active": False})
    return {"method": method, "refusal": refused(metadata, method)}


METADATA = discover()
SEEN = [run(METADATA, method) for method in ("client_secret_basic", "client_secret_post")]
LIBRARIES = [f"{name} {version(name)}" for name in ("authlib", "joserfc")]
print(json.dumps({"libraries": LIBRARIES, "algorithm": ALGORITHM, "seen": SEEN}))
