import { Answers } from "./answers.js";
import { Bridge, Instance, Kind, type KnownSignature } from "./bridge.js";
import { Decision } from "./decision.js";
import { Follow, monotonic } from "./follow.js";
import { importIntoWebCrypto, Signatures, type ImportKey } from "./signatures.js";
import type { AnswerCache, DecideContext, GateOptions, Jwk, RequestParts, SyncOptions } from "./types.js";

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
    const bridge = newBridge(await instance, options);
    const now = options.now ?? Date.now;
    const unixTime = () => Math.floor(now() / 1000);
    const signatures = new Signatures(host.importKey ?? importIntoWebCrypto);
    return new Gate(bridge, signatures, unixTime, options.sync && follow(bridge, unixTime, options, options.sync, host.mode));
  };
}

/** Decides requests. */
export class Gate {
  readonly #bridge: Bridge;
  readonly #unixTime: () => number;
  readonly #follow: Follow | undefined;
  readonly #signatures: Signatures;
  #isClosed = false;

  /** @internal */
  constructor(bridge: Bridge, signatures: Signatures, unixTime: () => number, follow: Follow | undefined) {
    this.#bridge = bridge;
    this.#signatures = signatures;
    this.#unixTime = unixTime;
    this.#follow = follow;
  }

  /** Decides one request. Never rejects: what cannot be decided is refused with 503. */
  async decide(request: Request | RequestParts, context: DecideContext = {}): Promise<Decision> {
    if (this.#isClosed) {
      throw new Error("the gate is closed");
    }
    const isWhole = request instanceof Request;
    const parts = isWhole ? partsOf(request) : request;
    const waiting = this.#follow?.current(context);
    if (waiting) {
      await waiting;
    }
    const known: KnownSignature[] = [];
    for (;;) {
      const output = this.#bridge.decide(parts, context, known, this.#unixTime());
      if (output.kind !== Kind.Verify) {
        return new Decision(output, isWhole ? request : undefined, () => this.#cause(parts, context));
      }
      if (known.length === MAX_SIGNATURES) {
        throw new Error("the bundle has too many signing keys of the same name");
      }
      known.push(await this.#signatures.verify(output, (key) => this.#bridge.key(key)));
    }
  }

  /** Answers a request that is refused; passes any other to `next`, changed for the upstream. */
  async guard(request: Request, next: (request: Request, decision: Decision) => Response | Promise<Response>, context?: DecideContext): Promise<Response> {
    const decision = await this.decide(request, context);
    return decision.allowed ? next(decision.request!, decision) : decision.response!;
  }

  /** The metrics, in the text format of Prometheus. */
  metrics(): string {
    return this.#bridge.metrics(monotonic());
  }

  /** Stops following the issuer, and frees the gate's memory. */
  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#follow?.stop();
      this.#bridge.free();
    }
  }

  #cause(parts: RequestParts, context: DecideContext): { cause: string; explanation: string } | undefined {
    const output = this.#bridge.cause(parts, context, this.#unixTime());
    const [cause, explanation] = [output.text(), output.text()];
    return cause ? { cause, explanation } : undefined;
  }
}

/** The parts of a request. The URL is what the upstream would get, so the authority is the URL's. */
function partsOf(request: Request): RequestParts {
  const { url } = request;
  const from = url.indexOf("//") + 2;
  let slash = url.indexOf("/", from);
  if (slash < 0) {
    slash = url.length;
  }
  const hash = url.indexOf("#", slash);
  return {
    method: request.method,
    path: url.slice(slash, hash < 0 ? undefined : hash) || "/",
    authority: url.slice(from, slash),
    headers: request.headers,
  };
}

/** The names that differ between the options and the configuration of the module. */
const NAMES: [string, string][] = [
  ["sync.bundle_keys", "sync.signer"],
  ["sync.authority", "sync.url"],
  ["sync.max_staleness_seconds", "sync.maxStalenessSeconds"],
  ["sync.wait_seconds", "sync.waitSeconds"],
  ["sync.list_clusters", "sync.listServers"],
];

function newBridge(instance: Instance, { bundle, sync, settings }: GateOptions): Bridge {
  const configuration = { ...settings, ...(bundle && { bundle }), ...(sync && { sync: syncDocument(sync) }) };
  try {
    return new Bridge(instance, JSON.stringify(configuration));
  } catch (error) {
    const problems = NAMES.reduce((text, [from, to]) => text.replaceAll(from, to), String(error));
    throw new Error(`the options are refused: ${problems}`);
  }
}

function syncDocument(sync: SyncOptions): object {
  const { host, pathname } = new URL(sync.url ?? sync.issuer);
  return {
    cluster: "issuer",
    authority: host,
    path: `${pathname.replace(/\/$/, "")}/edge/bundle`,
    key: sync.key,
    issuer: sync.issuer,
    wait_seconds: sync.mode === "on-request" ? 0 : (sync.waitSeconds ?? 30),
    max_staleness_seconds: sync.maxStalenessSeconds ?? 300,
    ...(sync.signer && { bundle_keys: bundleKeys(sync.signer) }),
    ...(sync.environment && { environment: sync.environment }),
    ...(sync.listServers && { list_clusters: Object.fromEntries(Object.keys(sync.listServers).map((origin) => [origin, origin])) }),
  };
}

function bundleKeys(signer: Jwk | Jwk[] | string): unknown[] {
  const given: unknown = typeof signer === "string" ? JSON.parse(signer) : signer;
  const keys: unknown = (given as { bundle_keys?: unknown }).bundle_keys ?? given;
  // The command prints each key with what it knows about it.
  return (Array.isArray(keys) ? keys : [keys]).map((key: { jwk?: unknown }) => key.jwk ?? key);
}

function follow(bridge: Bridge, unixTime: () => number, options: GateOptions, sync: SyncOptions, hostMode: Host["mode"]): Follow {
  const log = options.log ?? ((level, message) => console[level](message));
  const { origin } = new URL(sync.url ?? sync.issuer);
  const mode = sync.mode ?? hostMode;
  const maxAge = Math.max(sync.maxAgeSeconds ?? 1, 0.5) * 1000;
  const answers = new Answers({
    base: origin,
    servers: sync.listServers ?? {},
    fetch: sync.fetch ?? fetch,
    cache: mode === "on-request" ? cacheOf(sync.cache) : undefined,
    isSigned: sync.signer !== undefined,
    name: encodeURIComponent(`${sync.issuer} ${sync.environment ?? ""}`),
    maxAge,
    keep: sync.maxStalenessSeconds ?? 300,
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
