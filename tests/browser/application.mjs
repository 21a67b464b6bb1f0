// A small application that signs users in with `openid-client`: it redirects them to the issuer, handles the callback, and keeps the
// tokens.

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
  /// The last tokens.
  tokens;
  #configuration;
  /// The code verifiers of pending authorizations, by `state`.
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

  /// The start page.
  get start() {
    return new URL("/", parameter("CALLBACK")).href;
  }

  async answer(request, response) {
    const address = new URL(request.url, parameter("CALLBACK"));
    try {
      if (address.pathname === "/") {
        response.writeHead(302, { location: await this.authorization(parameter("SCOPE")) }).end();
      } else if (address.pathname === new URL(parameter("CALLBACK")).pathname) {
        // Responds with a redirect, as applications do to remove the code from the address bar.
        await this.#handleCallback(address);
        response.writeHead(303, { location: "/welcome" }).end();
      } else {
        const text = address.pathname === "/welcome" ? "Welcome" : "Not found";
        response.writeHead(text === "Welcome" ? 200 : 404, { "content-type": "text/html" });
        response.end(`<!doctype html><html lang="en"><title>${text}</title><h1>${text}</h1>`);
      }
    } catch (error) {
      response.writeHead(500, { "content-type": "text/plain" }).end(`${error.code ?? ""} ${error.error ?? ""} ${error.message}`);
    }
  }

  /// The URL of an authorization request for these scopes.
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

  async #handleCallback(address) {
    const state = address.searchParams.get("state");
    const checks = { pkceCodeVerifier: this.#begun.get(state), expectedState: state };
    this.#begun.delete(state);
    this.tokens = await client.authorizationCodeGrant(this.#configuration, address, checks);
  }

  /// Refreshes the last tokens.
  async refresh() {
    this.tokens = await client.refreshTokenGrant(this.#configuration, this.tokens.refresh_token);
  }

  /// The error code with which the issuer refuses to refresh the last tokens.
  async refreshRefusal() {
    try {
      await client.refreshTokenGrant(this.#configuration, this.tokens.refresh_token);
    } catch (error) {
      return error.error;
    }
    throw new Error("the tokens were refreshed");
  }

  /// Starts the authorization of a device (RFC 8628).
  async beginDevice() {
    return client.initiateDeviceAuthorization(this.#configuration, { scope: parameter("SCOPE") });
  }

  /// Polls until the user has allowed the device, and keeps the tokens.
  async pollDevice(begun) {
    this.tokens = await client.pollDeviceAuthorizationGrant(this.#configuration, begun);
  }
}
