import { Kind, type Output } from "./bridge.js";
import type { Changes, Explanation, Identity } from "./types.js";

/** A refusal: the response that the client understands, and why. */
interface Refusal {
  step: string;
  detail: string;
  status: number;
  body: string;
  headers: [string, string][];
}

/** The parts of a decision that are read only when they are asked for. */
interface Details {
  api: string;
  identity: Identity | undefined;
  tier: string;
  scope: string;
  changes: Changes | undefined;
  refusal: Refusal | undefined;
}

/** The decision on one request. */
export class Decision {
  /** Whether the request may pass. */
  readonly allowed: boolean;
  /** The stable code of a refusal, or the grounds of a request that passes: `token`, `public`, `preflight` or `unmatched`. */
  readonly code: string;
  readonly #output: Output;
  readonly #original: Request | undefined;
  readonly #cause: () => { cause: string; explanation: string } | undefined;
  #details: Details | undefined;
  #request: Request | undefined;

  /** @internal */
  constructor(output: Output, original: Request | undefined, cause: () => { cause: string; explanation: string } | undefined) {
    this.allowed = output.kind === Kind.Allow;
    this.code = output.text();
    this.#output = output;
    this.#original = original;
    this.#cause = cause;
  }

  /** The API that the request is for, such as `pizza/1.0.0`. */
  get api(): string | undefined {
    return this.#read().api || undefined;
  }

  /** The caller, if the token's signature was verified, even if the token is refused for another reason. */
  get identity(): Identity | undefined {
    return this.#read().identity;
  }

  /** The tier of the application's subscription. */
  get tier(): string | undefined {
    return this.#read().tier || undefined;
  }

  /** The token's scopes, separated by spaces. */
  get scope(): string | undefined {
    return this.#read().scope || undefined;
  }

  /** How the request is changed, if it passes. */
  get changes(): Changes | undefined {
    return this.#read().changes;
  }

  /** The request for the upstream, if it passes: without the credential, and with the identity headers set. Takes the body of the original. */
  get request(): Request | undefined {
    const { changes } = this;
    if (changes && this.#original) {
      this.#request ??= changed(this.#original, changes);
    }
    return this.#request;
  }

  /** The response to the client, if the request is refused: problem details (RFC 9457), or the form of gRPC for a client of gRPC. */
  get response(): Response | undefined {
    const { refusal } = this.#read();
    if (!refusal) {
      return undefined;
    }
    const { status, body, headers } = refusal;
    return new Response(this.#original?.method === "HEAD" || body === "" ? null : body, { status, headers });
  }

  /** Why the request is refused. */
  get explanation(): Explanation | undefined {
    const { refusal } = this.#read();
    return refusal && { code: this.code, step: refusal.step, detail: refusal.detail, ...this.#cause() };
  }

  #read(): Details {
    this.#details ??= details(this.#output);
    return this.#details;
  }
}

/** Reads what follows the code. */
function details(output: Output): Details {
  const api = output.text();
  const [issuer, application, client, keyType, user] = [output.text(), output.text(), output.text(), output.text(), output.text()];
  const identity = client ? { issuer, application, client, keyType: keyType as Identity["keyType"], ...(user && { user }) } : undefined;
  if (output.kind === Kind.Allow) {
    const [tier, scope, authority] = [output.text(), output.text(), output.text()];
    const remove = Array.from({ length: output.number() }, () => output.field());
    const set = Array.from({ length: output.number() }, () => pair(output));
    return { api, identity, tier, scope, changes: { remove, set, ...(authority && { authority }) }, refusal: undefined };
  }
  const [step, detail, status, body] = [output.text(), output.text(), output.number(), output.text()];
  const headers = Array.from({ length: output.number() }, () => pair(output));
  return { api, identity, tier: "", scope: "", changes: undefined, refusal: { step, detail, status, body, headers } };
}

function pair(output: Output): [string, string] {
  return [output.field(), output.field()];
}

/** The request with its changes carried out. */
function changed(original: Request, changes: Changes): Request {
  const headers = new Headers(original.headers);
  for (const name of changes.remove) {
    headers.delete(name);
  }
  for (const [name, value] of changes.set) {
    headers.set(name, value);
  }
  const { authority } = changes;
  if (headers.has("host")) {
    headers.set("host", authority ?? new URL(original.url).host);
  }
  // A browser does not let a program make a request that navigates.
  const mode = original.mode === "navigate" ? ({ mode: "same-origin" } as const) : {};
  // A redirect of the upstream is for the client: followed here, it would take identity headers to another server.
  const request = new Request(original, { headers, redirect: "manual", ...mode });
  if (!authority) {
    return request;
  }
  const url = new URL(original.url);
  url.host = authority;
  return new Request(url, request);
}
