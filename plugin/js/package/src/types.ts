/** A JSON Web Key (RFC 7517). */
export type Jwk = Record<string, unknown>;

/** How a gate gets its rules: from a bundle in its options, or from an issuer. */
export interface GateOptions {
  /** A bundle, as `postern admin bundle` writes it. It stays the same until the gate is replaced. */
  bundle?: object;
  /** The issuer to follow. */
  sync?: SyncOptions;
  /** Settings of the gate: the keys beside `bundle` and `sync` in docs/gateway.md, with the same names. */
  settings?: Record<string, unknown>;
  /** Gets what the gate reports while it follows its issuer. Default: `console`. */
  log?: (level: "warn" | "error", message: string) => void;
  /** The time of day in milliseconds since 1970. Default: `Date.now`. For tests. */
  now?: () => number;
}

/** How a gate follows its issuer. */
export interface SyncOptions {
  /** The issuer's identifier, such as `https://issuer.example`. A bundle of another issuer is refused. */
  issuer: string;
  /** Where the issuer answers, if that is not its identifier. */
  url?: string | undefined;
  /** The edge key, as `postern admin edge-key create` prints it. */
  key: string;
  /**
   * The public bundle keys: what `postern admin bundle-key list` prints, or one or more of the keys in it, as JSON or as objects. With `null`, a
   * bundle needs no signature, and is not cached: anyone who can answer for the issuer can then forge tokens.
   */
  signer: Jwk | Jwk[] | string | null;
  /** The environment whose bundle is asked for, and alone accepted. Default: that of the edge key. */
  environment?: "production" | "sandbox" | "both";
  /**
   * `background` asks all the time, and learns of a change at once. `on-request` asks when a request needs it, for hosts that run only during
   * requests. Default: `on-request` in Workers and browsers, `background` elsewhere.
   */
  mode?: "background" | "on-request";
  /** With `on-request`: how many seconds old the issuer's last answer may be before a request waits for the next. Default 1; at least 0.5. */
  maxAgeSeconds?: number;
  /** How many seconds old the issuer's last answer may be before every request is refused. Default 300, at most 86400. */
  maxStalenessSeconds?: number;
  /** With `background`: how many seconds the issuer may hold its answer while nothing changes. Default 30, at most 60. */
  waitSeconds?: number;
  /** Where answers are kept for other instances of this program; `null` for nowhere. Default: `caches.default` where there is one. */
  cache?: AnswerCache | null | undefined;
  /** Where status lists of trusted issuers are, by their origin; the same origin to fetch them where they are published. */
  listServers?: Record<string, string>;
  /** Sends the requests to the issuer. Default: the global `fetch`. */
  fetch?: typeof fetch;
}

/** The part of the Cache API that the gate uses. */
export interface AnswerCache {
  match(request: Request): Promise<Response | undefined>;
  put(request: Request, response: Response): Promise<void>;
}

/** What the host knows about a request beside the request itself. */
export interface DecideContext {
  /** The client's address. Without it, tokens that are bound to addresses are refused. Take it from the platform, never from what a client can send. */
  clientAddress?: string | null;
  /** Keeps work alive after the response, as `ctx.waitUntil` of a Worker. */
  waitUntil?: (promise: Promise<unknown>) => void;
}

/** A request in parts, for hosts without `Request`. Each character of a header field stands for a byte. */
export interface RequestParts {
  method: string;
  /** Path and query. */
  path: string;
  /** The host, with or without a port. */
  authority: string;
  /** The header fields in their order, a repeated field each time. */
  headers: Iterable<readonly [string, string]>;
}

/** The caller, from a token whose signature was verified. */
export interface Identity {
  /** Who minted the token: the issuer, or one that it trusts. Each issuer has its own applications, clients and users. */
  issuer: string;
  application: string;
  client: string;
  keyType: "production" | "sandbox";
  /** The user's id, in a user token. */
  user?: string;
}

/** How a request that passes is changed on its way to the upstream. */
export interface Changes {
  /** The names of the fields to remove: the credential, fields like the identity headers, and those that are for one connection only. */
  remove: string[];
  /** The fields to set afterwards. */
  set: [string, string][];
  /** The authority that replaces the client's, if it is another. */
  authority?: string;
}

/** Why a request is refused. */
export interface Explanation {
  code: string;
  /** The step of the decision that refused. */
  step: string;
  /** What is wrong and what to change. */
  detail: string;
  /** For a code with several causes: the cause in one word. */
  cause?: string;
  /** The cause in a sentence that names what the request and the bundle hold. For an operator, not for the client. */
  explanation?: string;
}
