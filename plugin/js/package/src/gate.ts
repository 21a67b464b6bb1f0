import { Answers } from "./answers.js";
import { Bridge, Instance, Kind, written, type KnownSignature, type Output, type Written } from "./bridge.js";
import { WrittenDecision, type Decision, type Passed, type Refused } from "./decision.js";
import { Follow, monotonic } from "./follow.js";
import { checked, renamed, type CheckedSync } from "./options.js";
import { importIntoWebCrypto, Signatures, type ImportKey } from "./signatures.js";
import type { AnswerCache, DecideContext, GateOptions, RequestParts } from "./types.js";

/** How many keys a signature is tried with. */
const MAX_SIGNATURES = 64;

/** What differs between hosts. */
export interface Host {
  /** Loads the compiled module. */
  module: () => WebAssembly.Module | Promise<WebAssembly.Module>;
  mode: "background" | "on-request";
  /** Default: the Web Cryptography API. */
  importKey?: ImportKey;
}

/** Makes `createGate` for a host. */
export function gateFactory(host: Host): (options: GateOptions) => Promise<Gate> {
  let instance: Promise<Instance> | undefined;
  return async (options) => {
    instance ??= Promise.resolve(host.module()).then((module) => Instance.of(module));
    const sync = checked(options, host.mode);
    const bridge = newBridge(await instance, options, sync);
    const now = options.now ?? Date.now;
    const unixTime = () => Math.floor(now() / 1000);
    const log = quiet(options.log ?? ((level, message) => console[level](message)));
    const signatures = new Signatures(host.importKey ?? importIntoWebCrypto);
    return new Gate(bridge, signatures, unixTime, log, sync && follow(bridge, unixTime, log, sync));
  };
}

type Log = (level: "warn" | "error", message: string) => void;

/** The context of a request, and who is told of a refusal. */
export interface GuardContext extends DecideContext {
  /** Gets each refusal, for example to log its `explanation`. */
  onRefused?: (decision: Refused) => void;
}

/** Decides requests. */
export class Gate {
  readonly #bridge: Bridge;
  readonly #signatures: Signatures;
  readonly #unixTime: () => number;
  readonly #log: Log;
  readonly #follow: Follow | undefined;
  #isClosed = false;

  /** @internal */
  constructor(bridge: Bridge, signatures: Signatures, unixTime: () => number, log: Log, follow: Follow | undefined) {
    this.#bridge = bridge;
    this.#signatures = signatures;
    this.#unixTime = unixTime;
    this.#log = log;
    this.#follow = follow;
  }

  /** Decides one request. Never rejects: what cannot be decided is refused with 503 and the code `not_ready`, and the reason is logged. */
  decide(request: Request, context?: DecideContext): Promise<Decision>;
  decide(request: RequestParts, context?: DecideContext): Promise<Decision<undefined>>;
  async decide(request: Request | RequestParts, context: DecideContext = {}): Promise<Decision | Decision<undefined>> {
    const original = request instanceof Request ? request : undefined;
    let copy: Written | undefined;
    const cause = () => (copy && !this.#isClosed ? this.#cause(copy) : undefined);
    try {
      copy = written(original ? partsOf(original) : (request as RequestParts), context);
      return new WrittenDecision(await this.#output(copy, context), original, cause) as Decision;
    } catch (error) {
      this.#log("error", `postern: a request cannot be decided, and is refused: ${String(error)}`);
      return new WrittenDecision(this.#bridge.refusal(), original, () => undefined) as Decision;
    }
  }

  async #output(request: Written, context: DecideContext): Promise<Output> {
    const waiting = this.#isClosed ? undefined : this.#follow?.current(context);
    if (waiting) {
      await waiting;
    }
    const known: KnownSignature[] = [];
    for (;;) {
      if (this.#isClosed) {
        throw new Error("the gate is closed");
      }
      const output = this.#bridge.decide(request, known, this.#unixTime());
      if (output.kind !== Kind.Verify) {
        return output;
      }
      if (known.length === MAX_SIGNATURES) {
        throw new Error("the bundle has too many signing keys of the same name");
      }
      known.push(await this.#signatures.verify(output, (key) => this.#bridge.key(key)));
    }
  }

  /** Answers a request that is refused; passes any other to `next`, changed for the upstream. */
  async guard(request: Request, next: (request: Request, decision: Passed<Request>) => Response | Promise<Response>, context?: GuardContext): Promise<Response> {
    const decision = await this.decide(request, context);
    if (decision.allowed) {
      return next(decision.request, decision);
    }
    this.told(decision, context?.onRefused);
    return decision.response;
  }

  /** @internal Tells of a refusal, which stays one if telling fails. */
  told(decision: Refused, onRefused: ((decision: Refused) => void) | undefined): void {
    try {
      onRefused?.(decision);
    } catch (error) {
      this.#log("error", `postern: \`onRefused\` failed: ${String(error)}`);
    }
  }

  /** The metrics, in the text format of Prometheus; empty after {@link close}. */
  metrics(): string {
    return this.#isClosed ? "" : this.#bridge.metrics(monotonic());
  }

  /** Stops following the issuer, and frees the gate's memory. */
  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#follow?.stop();
      this.#bridge.free();
    }
  }

  #cause(request: Written): { cause: string; explanation: string } | undefined {
    const output = this.#bridge.cause(request, this.#unixTime());
    const [cause, explanation] = [output.text(), output.text()];
    return cause ? { cause, explanation } : undefined;
  }
}

/**
 * The parts of a request. The URL is what the upstream would get, so the authority is the URL's. Deno puts the header `Host` into the URL as the
 * client sent it, so `x@host`, `host?` and `host#` end up there; other hosts have a URL without an authority then. What follows the authority
 * must therefore be a path. Anything else has no path here, and is refused.
 */
function partsOf(request: Request): RequestParts {
  const [, authority, path] = /^https?:\/\/([^/?#@\\]+)(\/[^#]*)/.exec(request.url) ?? ["", "", ""];
  return { method: request.method, path: path!, authority: authority!, headers: request.headers };
}

function newBridge(instance: Instance, { bundle, settings }: GateOptions, sync: CheckedSync | undefined): Bridge {
  const configuration = { ...settings, ...(bundle && { bundle }), ...(sync && { sync: sync.document }) };
  try {
    return new Bridge(instance, JSON.stringify(configuration));
  } catch (error) {
    throw new Error(`the options are refused: ${renamed(String(error))}`);
  }
}

/** A log that throws must not end what reports to it. */
function quiet(log: Log): Log {
  return (level, message) => {
    try {
      log(level, renamed(message));
    } catch {
      // There is nowhere to report that.
    }
  };
}

function follow(bridge: Bridge, unixTime: () => number, log: Log, sync: CheckedSync): Follow {
  const { options, mode, maxAge, url } = sync;
  if (!sync.isSigned) {
    log("warn", "postern: bundles are accepted without a signature, because `sync.signer` is null: anyone who can answer for the issuer can forge tokens");
  }
  const answers = new Answers({
    mode,
    base: url.origin,
    servers: options.listServers ?? {},
    fetch: options.fetch ?? fetch,
    cache: mode === "on-request" ? cacheOf(options.cache) : undefined,
    isSigned: sync.isSigned,
    key: options.key,
    name: JSON.stringify(sync.document),
    maxAge,
    keep: options.maxStalenessSeconds ?? 300,
    log: (message) => log("warn", `postern: ${message}`),
  });
  return new Follow(bridge, { mode, maxAge, answers, unixTime, log });
}

function cacheOf(cache: AnswerCache | null | undefined): AnswerCache | undefined {
  if (cache !== undefined) {
    return cache ?? undefined;
  }
  const { caches } = globalThis as { caches?: { default?: AnswerCache } };
  return caches?.default;
}
