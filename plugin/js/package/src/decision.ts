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

/** What is known of every decision. */
interface Decided {
  /** The stable code of a refusal, or the grounds of a request that passes: `token`, `public`, `preflight` or `unmatched`. */
  readonly code: string;
  /** The API that the request is for, such as `pizza/1.0.0`. */
  readonly api: string | undefined;
  /** The caller, if the token's signature was verified, even if the token is refused for another reason. */
  readonly identity: Identity | undefined;
  /** The tier of the application's subscription. */
  readonly tier: string | undefined;
  /** The token's scopes, separated by spaces. */
  readonly scope: string | undefined;
}

/** The decision on a request that passes. */
export interface Passed<R> extends Decided {
  readonly allowed: true;
  /** How the request is changed. */
  readonly changes: Changes;
  /** The request for the upstream: without the credential, and with the identity headers set. Takes the body of the original. */
  readonly request: R;
  readonly response: undefined;
  readonly explanation: undefined;
}

/** The decision on a request that is refused. */
export interface Refused extends Decided {
  readonly allowed: false;
  readonly changes: undefined;
  readonly request: undefined;
  /** The response to the client: problem details (RFC 9457), or the form of gRPC for a client of gRPC. */
  readonly response: Response;
  /** Why the request is refused. */
  readonly explanation: Explanation;
}

/** The decision on one request. A request in parts has no `request` for the upstream, only `changes`. */
export type Decision<R = Request> = Passed<R> | Refused;

/** A decision as the module has written it, which is read when it is asked for. */
export class WrittenDecision {
  readonly allowed: boolean;
  readonly code: string;
  readonly #output: Output;
  readonly #original: Request | undefined;
  readonly #cause: () => { cause: string; explanation: string } | undefined;
  #details: Details | undefined;
  #request: Request | undefined;

  constructor(output: Output, original: Request | undefined, cause: () => { cause: string; explanation: string } | undefined) {
    this.allowed = output.kind === Kind.Allow;
    this.code = output.text();
    this.#output = output;
    this.#original = original;
    this.#cause = cause;
  }

  get api(): string | undefined {
    return this.#read().api || undefined;
  }

  get identity(): Identity | undefined {
    return this.#read().identity;
  }

  get tier(): string | undefined {
    return this.#read().tier || undefined;
  }

  get scope(): string | undefined {
    return this.#read().scope || undefined;
  }

  get changes(): Changes | undefined {
    return this.#read().changes;
  }

  get request(): Request | undefined {
    const { changes } = this;
    if (changes && this.#original) {
      this.#request ??= changed(this.#original, changes);
    }
    return this.#request;
  }

  get response(): Response | undefined {
    const { refusal } = this.#read();
    if (!refusal) {
      return undefined;
    }
    const { status, body, headers } = refusal;
    return new Response(this.#original?.method === "HEAD" || body === "" ? null : body, { status, headers });
  }

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
