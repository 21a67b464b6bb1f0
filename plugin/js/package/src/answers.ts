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
  /** Stores the answer for others; called once the module has accepted it. */
  store?: () => Promise<void>;
  /** Why there is no answer. */
  problem?: string;
}

export function noAnswer(problem: string): Answer {
  return { status: 0, body: new Uint8Array(), age: 0, problem };
}

/** When an answer was stored, in milliseconds since 1970; and the authentication code of the whole entry. */
const STORED_AT = "x-postern-stored-at";
const CODE = "x-postern-code";

/** How many paths are kept whose stored answer was refused. */
const MAX_REFUSED = 100;

/** The most chunks of a body. A stream that is always ready lets no timer run, so the timeout alone does not end it. */
const MAX_CHUNKS = 20_000;

/** The size of the first buffer for a body, in bytes. */
const FIRST_BUFFER = 16_384;

/** How long the cache may take, in milliseconds. */
const CACHE_PATIENCE = 500;

export interface AnswersOptions {
  mode: "background" | "on-request";
  /** The issuer's origin. */
  base: string;
  /** Where the lists of trusted issuers are, by origin. */
  servers: Record<string, string>;
  fetch: typeof fetch;
  cache: AnswerCache | undefined;
  /** Whether bundles are signed. Others are not stored: what a cache returns could not be told from what the issuer sent. */
  isSigned: boolean;
  /** The edge key, which names and authenticates this gate's answers in the cache. */
  key: string;
  /** What else names them: the answers of another issuer, environment or signer are others. */
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
  /** Only in the background: Workers let no request use what another one has made, and make nothing of the kind outside requests. */
  readonly #stop: AbortController | undefined;
  /** Paths whose stored answer was refused, so that the issuer must be asked. */
  readonly #refused = new Set<string>();
  #authentication: Promise<CryptoKey> | undefined;

  constructor(options: AnswersOptions) {
    this.#options = options;
    this.#stop = options.mode === "background" ? new AbortController() : undefined;
  }

  /** Ends the requests that are open. */
  stop(): void {
    this.#stop?.abort();
  }

  /** The module has refused the answer to this request: it is not taken from the cache again. */
  refuse(request: IssuerRequest): void {
    // Of a list that is no longer asked for, the path would stay.
    if (this.#refused.size >= MAX_REFUSED) {
      this.#refused.clear();
    }
    this.#refused.add(request.path);
  }

  async get(request: IssuerRequest, isWaiting: boolean): Promise<Answer> {
    const stored = this.#isStored(request) ? await this.#place(request) : undefined;
    const found = stored && !this.#refused.has(request.path) ? await this.#match(stored, request) : undefined;
    // A list has its version in its address, so it never changes.
    if (found && (isList(request) || (found.age >= 0 && found.age <= this.#options.maxAge))) {
      return unless(request, found);
    }
    const begin = performance.now();
    const answer = await this.#ask(request, isWaiting);
    this.#refused.delete(request.path);
    const confirmed = answer.status === 304 && found && found.etag === tag(request) ? found.body : undefined;
    const body = answer.status === 200 ? answer.body : confirmed;
    // The issuer is down, and a new instance has no bundle yet: it gets the last one with its age, so it becomes stale like any other.
    if (body === undefined && found && found.age >= 0 && tag(request) === "") {
      return { ...unless(request, found), age: found.age + performance.now() - begin };
    }
    // The answer says how things were when the issuer was asked.
    return stored && body ? { ...answer, store: () => this.#store(stored, body, Date.now() - answer.age) } : answer;
  }

  #isStored(request: IssuerRequest): boolean {
    return this.#options.cache !== undefined && request.origin === "" && (this.#options.isSigned || isList(request));
  }

  async #place(request: IssuerRequest): Promise<Request> {
    const name = await this.#code(`${this.#options.name} ${request.path}`, new Uint8Array());
    return new Request(`https://postern.invalid/${name}`);
  }

  async #match(stored: Request, request: IssuerRequest): Promise<StoredAnswer | undefined> {
    try {
      return await within(CACHE_PATIENCE, this.#read(stored, request));
    } catch (error) {
      this.#options.log(`the cache of answers cannot be read: ${String(error)}`);
      return undefined;
    }
  }

  async #read(stored: Request, request: IssuerRequest): Promise<StoredAnswer | undefined> {
    const response = await this.#options.cache?.match(stored);
    const body = response && (await bodyWithin(response, request.limit));
    if (!body) {
      return undefined;
    }
    const storedAt = response.headers.get(STORED_AT) ?? "";
    if (response.headers.get(CODE) !== (await this.#code(`${stored.url} ${storedAt}`, body))) {
      return undefined;
    }
    return { status: 200, body, age: Date.now() - Number(storedAt), etag: await contentTag(body) };
  }

  async #store(stored: Request, body: Uint8Array, askedAt: number): Promise<void> {
    try {
      const storedAt = String(Math.floor(askedAt));
      const headers = {
        "cache-control": `max-age=${this.#options.keep}`,
        "content-type": "application/octet-stream",
        [STORED_AT]: storedAt,
        [CODE]: await this.#code(`${stored.url} ${storedAt}`, body),
      };
      await within(CACHE_PATIENCE, this.#options.cache!.put(stored, new Response(body as Uint8Array<ArrayBuffer>, { headers })));
    } catch (error) {
      this.#options.log(`the cache of answers cannot be written: ${String(error)}`);
    }
  }

  /** HMAC with SHA-256 under the edge key, in hexadecimal digits. */
  async #code(text: string, body: Uint8Array): Promise<string> {
    const encoder = new TextEncoder();
    const hmac = { name: "HMAC", hash: "SHA-256" };
    this.#authentication ??= crypto.subtle.importKey("raw", encoder.encode(this.#options.key), hmac, false, ["sign"]);
    const head = encoder.encode(`${text}\n`);
    const message = new Uint8Array(head.length + body.length);
    message.set(head);
    message.set(body, head.length);
    const code = new Uint8Array(await crypto.subtle.sign("HMAC", await this.#authentication, message));
    return Array.from(code, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async #ask(request: IssuerRequest, isWaiting: boolean): Promise<Answer> {
    const { base, servers } = this.#options;
    const url = `${request.origin === "" ? base : servers[request.origin]}${request.path}`;
    const begin = performance.now();
    const timeout = AbortSignal.timeout(request.timeout);
    try {
      // Called without an object: in Workers, `fetch` refuses to be a method of one.
      const { fetch } = this.#options;
      const response = await fetch(url, {
        headers: request.headers,
        // An edge key must not follow a redirect to another server.
        redirect: "manual",
        signal: this.#stop ? AbortSignal.any([timeout, this.#stop.signal]) : timeout,
      });
      const body = await bodyWithin(response, request.limit);
      // An answer that does not wait for a change is as old as the question, at most.
      return { status: response.status, body, age: isWaiting ? 0 : performance.now() - begin };
    } catch (error) {
      return noAnswer(`no answer from ${new URL(url).origin}: ${String((error as { cause?: unknown }).cause ?? error)}`);
    }
  }
}

/** The result of `work`, or an error after so many milliseconds. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it takes longer than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
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

/** The body, or `undefined` when it is larger than `limit` bytes, or comes in too many chunks. */
async function bodyWithin(response: Response, limit: number): Promise<Uint8Array | undefined> {
  let buffer = new Uint8Array(FIRST_BUFFER);
  let [length, chunks] = [0, 0];
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    chunks += 1;
    if (length + value.length > limit || chunks > MAX_CHUNKS) {
      // It may never end.
      void reader.cancel().catch(() => undefined);
      return undefined;
    }
    if (length + value.length > buffer.length) {
      const larger = new Uint8Array(2 * (length + value.length));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(value, length);
    length += value.length;
  }
  return buffer.subarray(0, length);
}
