"""Obtains, verifies, refreshes and revokes user tokens with `authlib` and `joserfc`: with a code, on a device, with the password grant if
an administrator allows it, and as a client that registered itself.

Environment: the variables of parameters.mjs. Prints the grant types that it used, and fails at any unexpected result.
"""

import json
import os
import time
from importlib.metadata import version

# The issuer is on this machine's loopback, where TLS would protect nothing.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet
from user_agent import UserAgent

NAMES = ("ISSUER", "AUDIENCE", "SCOPE", "ALGORITHM", "CALLBACK", "USER_ID", "PASSWORD", "REGISTRATION_TOKEN")
ISSUER, AUDIENCE, SCOPE, ALGORITHM, CALLBACK, USER_ID, PASSWORD, REGISTRATION_TOKEN = (os.environ[name] for name in NAMES)
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


def expect(what, got, expected):
    if got != expected:
        raise SystemExit(f"{what}: {got!r} instead of {expected!r}")


def refused(what, expected, action):
    try:
        action()
    except OAuthError as error:
        expect(f"the refusal of {what}", error.error, expected)
        return {"error": type(error).__name__, "code": error.error}
    raise SystemExit(f"{what} was accepted")


def session(client_id, secret, method="client_secret_basic"):
    return OAuth2Session(
        client_id,
        secret,
        scope=SCOPE,
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=METADATA["token_endpoint"],
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )


def check(client, answer):
    expect("scope", answer["scope"], SCOPE)
    keys = KeySet.import_key_set(requests.get(METADATA["jwks_uri"], timeout=30).json())
    decoded = jwt.decode(answer["access_token"], keys, algorithms=[ALGORITHM])
    for name, value in {"iss": ISSUER, "sub": USER_ID, "client_id": client.client_id, "kind": "user", "scope": SCOPE}.items():
        expect(name, decoded.claims[name], value)


def refresh_and_revoke(client, answer):
    """Refreshes a token twice, as if the first answer were lost. Then revokes the grant, and expects that both refresh tokens are refused."""
    refreshed = client.refresh_token(refresh_token=answer["refresh_token"])
    check(client, refreshed)
    repeated = client.refresh_token(refresh_token=answer["refresh_token"])
    check(client, repeated)
    revoked = client.revoke_token(METADATA["revocation_endpoint"], token=repeated["refresh_token"], token_type_hint="refresh_token")
    expect("the status of the revocation", revoked.status_code, 200)
    spent = refused("a spent refresh token", "invalid_grant", lambda: client.refresh_token(refresh_token=answer["refresh_token"]))
    ended = refused("a revoked refresh token", "invalid_grant", lambda: client.refresh_token(refresh_token=repeated["refresh_token"]))
    return [spent, ended]


def code(client):
    verifier = generate_token(48)
    url, state = client.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=verifier)
    returned = UserAgent(ISSUER, USER_ID, PASSWORD).authorize(url)
    answer = client.fetch_token(authorization_response=returned, state=state, code_verifier=verifier)
    check(client, answer)
    return refresh_and_revoke(client, answer)


def device(client):
    # authlib has no call for this endpoint; the session authenticates the client as at the token endpoint.
    authentication = client.client_auth(client.token_endpoint_auth_method)
    endpoint = METADATA["device_authorization_endpoint"]
    response = client.post(endpoint, data={"scope": SCOPE}, auth=authentication, withhold_token=True)
    expect("the device authorization", (response.status_code, response.text[:1]), (200, "{"))
    begun = response.json()

    def poll():
        return client.fetch_token(grant_type=DEVICE_CODE, device_code=begun["device_code"])

    pending = refused("a device that waits", "authorization_pending", poll)
    UserAgent(ISSUER, USER_ID, PASSWORD).decide(begun["verification_uri"], begun["user_code"], "allow")
    time.sleep(begun["interval"])
    answer = poll()
    check(client, answer)
    return [pending, *refresh_and_revoke(client, answer)]


def password(client):
    answer = client.fetch_token(username=USER_ID, password=PASSWORD)
    check(client, answer)
    wrong = refused("a wrong password", "invalid_grant", lambda: client.fetch_token(username=USER_ID, password="not the password"))
    return [wrong, *refresh_and_revoke(client, answer)]


def register(method):
    metadata = {
        "client_name": "Registered by authlib",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", DEVICE_CODE],
        "response_types": ["code"],
        "scope": SCOPE,
        "token_endpoint_auth_method": method,
    }
    # authlib's client cannot register; the session sends the initial access token like any bearer token.
    registrar = OAuth2Session(token={"access_token": REGISTRATION_TOKEN, "token_type": "bearer"})
    response = registrar.post(METADATA["registration_endpoint"], json=metadata)
    expect("the status of the registration", response.status_code, 201)
    registered = response.json()
    expect("redirect_uris", registered["redirect_uris"], [CALLBACK])
    return session(registered["client_id"], registered.get("client_secret"), method)


METADATA = AuthorizationServerMetadata(requests.get(get_well_known_url(ISSUER, external=True), timeout=30).json())
METADATA.validate()
CONFIDENTIAL = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
SEEN = {
    "code": code(session(*CONFIDENTIAL)),
    "code, of a public client": code(session(os.environ["PUBLIC_CLIENT_ID"], None, "none")),
    "device": device(session(*CONFIDENTIAL, "client_secret_post")),
    "password": password(session(*CONFIDENTIAL)),
    "registration": code(register("client_secret_basic")),
    "registration of a public client": device(register("none")),
}
LIBRARIES = [f"{name} {version(name)}" for name in ("authlib", "joserfc")]
print(json.dumps({"libraries": LIBRARIES, "algorithm": ALGORITHM, "seen": SEEN}))
