import { Kind, type Output } from "./bridge.js";
import type { Changes, Explanation, Identity } from "./types.js";

/** What a refusal is over HTTP. */
interface Refusal {
  step: string;
  detail: string;
  status: number;
  grpcStatus: number;
  body: string;
  headers: [string, string][];
}

/** The decision on one request. */
export class Decision {
  /** Whether the request may pass. */
  readonly allowed: boolean;
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
  /** How the request is changed, if it passes. */
  readonly changes: Changes | undefined;
  readonly #refusal: Refusal | undefined;
  readonly #original: Request | undefined;
  readonly #cause: () => { cause: string; explanation: string } | undefined;
  #request: Request | undefined;

  constructor(output: Output, original: Request | undefined, cause: () => { cause: string; explanation: string } | undefined) {
    this.allowed = output.kind === Kind.Allow;
    this.#original = original;
    this.#cause = cause;
    this.code = output.text();
    this.api = output.text() || undefined;
    const [application, client, keyType, user] = [output.text(), output.text(), output.text(), output.text()];
    this.identity = client ? { application, client, keyType: keyType as Identity["keyType"], ...(user && { user }) } : undefined;
    if (this.allowed) {
      this.tier = output.text() || undefined;
      this.scope = output.text() || undefined;
      const authority = output.text();
      const remove = Array.from({ length: output.number() }, () => output.field());
      const set = Array.from({ length: output.number() }, () => pair(output));
      this.changes = { remove, set, ...(authority && { authority }) };
    } else {
      const [step, detail] = [output.text(), output.text()];
      const [status, grpcStatus] = [output.number(), output.number()];
      const body = output.text();
      const headers = Array.from({ length: output.number() }, () => pair(output));
      this.#refusal = { step, detail, status, grpcStatus, body, headers };
    }
  }

  /** The request for the upstream, if it passes: without the credential, and with the identity headers set. Takes the body of the original. */
  get request(): Request | undefined {
    if (this.changes && this.#original) {
      this.#request ??= changed(this.#original, this.changes);
    }
    return this.#request;
  }

  /** The response to the client, if the request is refused: problem details (RFC 9457), or the form of gRPC for a client of gRPC. */
  get response(): Response | undefined {
    const refusal = this.#refusal;
    if (!refusal) {
      return undefined;
    }
    const { status, grpcStatus, detail, body } = refusal;
    if (grpcStatus === 0) {
      return new Response(this.#original?.method === "HEAD" ? null : body, { status, headers: refusal.headers });
    }
    const headers = new Headers(refusal.headers);
    headers.set("content-type", "application/grpc");
    headers.set("grpc-status", String(grpcStatus));
    headers.set("grpc-message", detail);
    return new Response(null, { status: 200, headers });
  }

  /** Why the request is refused. */
  get explanation(): Explanation | undefined {
    const refusal = this.#refusal;
    return refusal && { code: this.code, step: refusal.step, detail: refusal.detail, ...this.#cause() };
  }
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
  if (authority && headers.has("host")) {
    headers.set("host", authority);
  }
  // A browser does not let a program make a request that navigates.
  const mode = original.mode === "navigate" ? ({ mode: "same-origin" } as const) : {};
  const request = new Request(original, { headers, ...mode });
  if (!authority) {
    return request;
  }
  const url = new URL(original.url);
  url.host = authority;
  return new Request(url, request);
}
