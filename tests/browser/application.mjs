// A small application on this machine that signs its users in with `openid-client`: it sends them to the issuer, takes them back at its
// callback page, and keeps what it got.

import { createServer } from "node:http";

import { library, parameter } from "../clients/parameters.mjs";

const client = await library("openid-client");

/// Starts the application at the address of CALLBACK, as the client of CLIENT_ID and CLIENT_SECRET, and calls `work` with it.
export async function withApplication(work) {
  const application = await Application.discover();
  const server = createServer((request, response) => application.answer(request, response));
  const callback = new URL(parameter("CALLBACK"));
  await new Promise((resolve) => server.listen(callback.port, callback.hostname, resolve));
  try {
    return await work(application);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

class Application {
  /// What it got last.
  tokens;
  #configuration;
  /// What was begun, by the `state` that goes with it.
  #begun = new Map();

  static async discover() {
    const authentication = client.ClientSecretBasic(parameter("CLIENT_SECRET"));
    // The issuer is on this machine's loopback, where TLS would protect nothing.
    const options = { algorithm: "oauth2", execute: [client.allowInsecureRequests] };
    const application = new Application();
    application.#configuration = await client.discovery(
      new URL(parameter("ISSUER")),
      parameter("CLIENT_ID"),
      undefined,
      authentication,
      options,
    );
    return application;
  }

  /// Where its users begin.
  get start() {
    return new URL("/", parameter("CALLBACK")).href;
  }

  async answer(request, response) {
    const address = new URL(request.url, parameter("CALLBACK"));
    try {
      if (address.pathname === "/") {
        response.writeHead(302, { location: await this.authorization(parameter("SCOPE")) }).end();
      } else if (address.pathname === new URL(parameter("CALLBACK")).pathname) {
        // It answers with a redirect, as applications do to get the code out of the address bar.
        await this.#takeBack(address);
        response.writeHead(303, { location: "/welcome" }).end();
      } else {
        const text = address.pathname === "/welcome" ? "Welcome" : "Nothing is here";
        response.writeHead(text === "Welcome" ? 200 : 404, { "content-type": "text/html" });
        response.end(`<!doctype html><html lang="en"><title>${text}</title><h1>${text}</h1>`);
      }
    } catch (error) {
      response.writeHead(500, { "content-type": "text/plain" }).end(`${error.code ?? ""} ${error.error ?? ""} ${error.message}`);
    }
  }

  /// Where its user consents to these scopes.
  async authorization(scope) {
    const [verifier, state] = [client.randomPKCECodeVerifier(), client.randomState()];
    this.#begun.set(state, verifier);
    const address = client.buildAuthorizationUrl(this.#configuration, {
      redirect_uri: parameter("CALLBACK"),
      scope,
      state,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    return address.href;
  }

  async #takeBack(address) {
    const state = address.searchParams.get("state");
    const checks = { pkceCodeVerifier: this.#begun.get(state), expectedState: state };
    this.#begun.delete(state);
    this.tokens = await client.authorizationCodeGrant(this.#configuration, address, checks);
  }

  /// Renews what it got last.
  async renew() {
    this.tokens = await client.refreshTokenGrant(this.#configuration, this.tokens.refresh_token);
  }

  /// The code with which the issuer refuses to renew what it got last.
  async refusalToRenew() {
    try {
      await client.refreshTokenGrant(this.#configuration, this.tokens.refresh_token);
    } catch (error) {
      return error.error;
    }
    throw new Error("it was renewed");
  }

  /// Begins on a device (RFC 8628).
  async beginDevice() {
    return client.initiateDeviceAuthorization(this.#configuration, { scope: parameter("SCOPE") });
  }

  /// Takes what a user let a device have.
  async pollDevice(begun) {
    this.tokens = await client.pollDeviceAuthorizationGrant(this.#configuration, begun);
  }
}
