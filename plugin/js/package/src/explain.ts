/** What a decision is made from, beside the request. */
export interface ExplainOptions {
  /** A bundle, as `postern admin bundle` writes it. */
  bundle: object;
  /** Settings of the gate: the keys beside `bundle` and `sync` in docs/gateway.md, with the same names. */
  settings?: Record<string, unknown>;
  /** The time of the decision, in seconds since 1970. Default: now. */
  now?: number;
}

/** A request, with its host among the headers. */
export interface ExplainRequest {
  method: string;
  /** Path and query. */
  path: string;
  /** The header fields in their order, a repeated field each time; `host` is one of them. */
  headers: [string, string][];
  /** The client's address. */
  source?: string;
}

/** Something that a step read. */
export interface Fact {
  name: string;
  value: string;
  /** Set for what a token says whose signature has not been verified. */
  unverified?: true;
}

/** A step of the decision. */
export interface ExplainedStep {
  step:
    | "ready"
    | "path"
    | "resource"
    | "credential"
    | "token"
    | "claims"
    | "status"
    | "environment"
    | "subscription"
    | "scope"
    | "domain"
    | "address";
  /** `not_reached` after the step that refused, and where no token is needed. */
  state: "passed" | "failed" | "not_reached";
  read: Fact[];
  /** For the step that refused: what would have to change, in a sentence. */
  change?: string;
}

/** A decision and its explanation. */
export interface ExplainedDecision {
  outcome: "allow" | "deny";
  /** The stable code of a refusal, or the grounds of a request that passes: `token`, `public`, `preflight` or `unmatched`. */
  code: string;
  /** The status of a refusal; 200 for a request that passes. */
  status: number;
  /** The step that refused. */
  step: ExplainedStep["step"] | null;
  /** What is wrong and what to change. */
  detail: string;
  /** For a code with several causes: the cause in one word. */
  cause?: string;
  /** The cause in a sentence that names what the request and the bundle hold. */
  explanation?: string;
  /** For a request that passes: the fields that the upstream gets. */
  set?: Record<string, string>;
  /** For a request that passes: the names of the fields that the upstream does not get. */
  remove?: string[];
  /** For a request that passes: the authority that the upstream gets instead of the client's. */
  authority?: string;
  /** Every step, in the order of the decision. */
  steps: ExplainedStep[];
}

/** Decides a request with the gate's own code, and explains each step. Rejects if the options or the request are wrong, and names every problem. */
export declare function explain(options: ExplainOptions, request: ExplainRequest): Promise<ExplainedDecision>;
