import type { AnswerCache } from "./types.js";

/** A request of the follower to an issuer. */
export interface IssuerRequest {
  call: number;
  /** The largest body, in bytes, that the answer may have. */
  limit: number;
  timeout: number;
  /** The origin of a trusted issuer's list; empty for the issuer itself. */
  origin: string;
  path: string;
  headers: [string, string][];
}

/** An answer, or that there was none. */
export interface Answer {
  /** The status; 0 when there is no answer. */
  status: number;
  /** The body, unless it is too large. */
  body: Uint8Array | undefined;
  /** How long ago the issuer gave it, in milliseconds. */
  age: number;
}

export const NO_ANSWER: Answer = { status: 0, body: new Uint8Array(), age: 0 };

/** When an answer was stored, in milliseconds since 1970. */
const STORED_AT = "x-postern-stored-at";

export interface AnswersOptions {
  /** The issuer's origin. */
  base: string;
  /** Where the lists of trusted issuers are, by origin. */
  servers: Record<string, string>;
  fetch: typeof fetch;
  cache: AnswerCache | undefined;
  /** Whether bundles are signed. Others are not stored: what a cache returns could not be told from what the issuer sent. */
  isSigned: boolean;
  /** Names this gate's answers in the cache. */
  name: string;
  /** How old a stored answer about the bundle may be, in milliseconds. */
  maxAge: number;
  /** For how long the cache has to keep an answer, in seconds. */
  keep: number;
  log: (message: string) => void;
}

/** Gets answers from a cache, or from the issuer. */
export class Answers {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  async get(request: IssuerRequest): Promise<Answer> {
    const stored = this.#isStored(request) ? new Request(`https://postern.invalid/${this.#options.name}${request.path}`) : undefined;
    if (!stored || !this.#options.cache) {
      return this.#ask(request);
    }
    const found = await this.#match(stored, request);
    // A list has its version in its address, so it never changes.
    if (found && (isList(request) || (found.age >= 0 && found.age <= this.#options.maxAge))) {
      return unless(request, found);
    }
    const answer = await this.#ask(request);
    const confirmed = answer.status === 304 && found && found.etag === tag(request) ? found : undefined;
    if (answer.status === 200 || confirmed) {
      await this.#store(stored, answer.status === 200 ? answer : confirmed!);
    }
    return answer;
  }

  #isStored(request: IssuerRequest): boolean {
    return request.origin === "" && (this.#options.isSigned || isList(request));
  }

  async #match(stored: Request, request: IssuerRequest): Promise<StoredAnswer | undefined> {
    try {
      const response = await this.#options.cache?.match(stored);
      const body = response && (await bodyWithin(response, request.limit));
      if (!body) {
        return undefined;
      }
      const age = Date.now() - Number(response.headers.get(STORED_AT) ?? "0");
      return { status: 200, body, age, etag: response.headers.get("etag") ?? "" };
    } catch (error) {
      this.#options.log(`the cache of answers cannot be read: ${String(error)}`);
      return undefined;
    }
  }

  async #store(stored: Request, answer: Answer | StoredAnswer): Promise<void> {
    const headers = {
      "cache-control": `max-age=${this.#options.keep}`,
      "content-type": "application/octet-stream",
      [STORED_AT]: String(Date.now()),
      etag: "etag" in answer ? answer.etag : await contentTag(answer.body!),
    };
    try {
      await this.#options.cache?.put(stored, new Response(answer.body as Uint8Array<ArrayBuffer>, { headers }));
    } catch (error) {
      this.#options.log(`the cache of answers cannot be written: ${String(error)}`);
    }
  }

  async #ask(request: IssuerRequest): Promise<Answer> {
    const { base, servers } = this.#options;
    const origin = request.origin === "" ? base : servers[request.origin];
    try {
      // Called without an object: in Workers, `fetch` refuses to be a method of one.
      const { fetch } = this.#options;
      const response = await fetch(`${origin}${request.path}`, {
        headers: request.headers,
        // An edge key must not follow a redirect to another server.
        redirect: "manual",
        signal: AbortSignal.timeout(request.timeout),
      });
      return { status: response.status, body: await bodyWithin(response, request.limit), age: 0 };
    } catch {
      return NO_ANSWER;
    }
  }
}

interface StoredAnswer extends Answer {
  body: Uint8Array;
  etag: string;
}

function isList(request: IssuerRequest): boolean {
  return !request.headers.some(([name]) => name === "authorization");
}

function tag(request: IssuerRequest): string {
  return request.headers.find(([name]) => name === "if-none-match")?.[1] ?? "";
}

/** The stored answer; that the bundle has not changed, if the request has its tag. */
function unless(request: IssuerRequest, stored: StoredAnswer): Answer {
  const { body, age, etag } = stored;
  const isKnown = etag !== "" && etag === tag(request);
  return isKnown ? { status: 304, body: new Uint8Array(), age: Math.max(age, 0) } : { status: 200, body, age: Math.max(age, 0) };
}

/** The entity tag that the follower computes for a bundle: its SHA-256 in base64url. */
async function contentTag(body: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body as Uint8Array<ArrayBuffer>));
  const base64 = btoa(String.fromCharCode(...digest));
  return `"${base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}"`;
}

/** The body, or `undefined` when it is larger than `limit` bytes. */
async function bodyWithin(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
