import type { GateOptions, Jwk, SyncOptions } from "./types.js";

const OPTIONS = ["bundle", "sync", "settings", "log", "now"];
const SYNC_OPTIONS = [
  "issuer", "url", "key", "signer", "environment", "mode", "maxAgeSeconds", "maxStalenessSeconds", "waitSeconds", "cache", "listServers", "fetch",
];

/** The options for following an issuer, and the configuration of the module that follows from them. */
export interface CheckedSync {
  options: SyncOptions;
  mode: "background" | "on-request";
  /** In milliseconds. */
  maxAge: number;
  url: URL;
  isSigned: boolean;
  document: object;
}

/** Checks the options that the module does not check. Throws with every problem. */
export function checked(options: GateOptions, hostMode: "background" | "on-request"): CheckedSync | undefined {
  const problems = [...unknown(options, OPTIONS, ""), ...(options.sync ? unknown(options.sync, SYNC_OPTIONS, "sync.") : [])];
  const isFunction = (value: unknown) => value === undefined || typeof value === "function";
  const { settings, sync: own } = options;
  problems.push(
    ...wrong([
      [isFunction(options.log), "log: must be a function of a level and a message"],
      [isFunction(options.now), "now: must be a function that returns milliseconds"],
      [isFunction(own?.fetch), "sync.fetch: must be a function as the global `fetch`"],
      [own?.cache == null || (typeof own.cache.match === "function" && typeof own.cache.put === "function"), "sync.cache: must be a cache with `match` and `put`, or null"],
      [settings === undefined || !["bundle", "sync"].some((name) => name in settings), "settings: `bundle` and `sync` are options of their own"],
    ]),
  );
  const sync = options.sync && checkedSync(options.sync, hostMode, problems);
  if (problems.length > 0) {
    throw new Error(`the options are refused: ${problems.join("; ")}`);
  }
  return sync;
}

/** The problems of the checks that failed. */
function wrong(checks: [boolean, string][]): string[] {
  return checks.filter(([isRight]) => !isRight).map(([, problem]) => problem);
}

function unknown(options: object, names: string[], prefix: string): string[] {
  return Object.keys(options)
    .filter((name) => !names.includes(name))
    .map((name) => `${prefix}${name}: is unknown; there are ${names.join(", ")}`);
}

function checkedSync(sync: SyncOptions, hostMode: "background" | "on-request", problems: string[]): CheckedSync | undefined {
  const mode = sync.mode ?? hostMode;
  if (mode !== "background" && mode !== "on-request") {
    problems.push("sync.mode: must be `background` or `on-request`");
  }
  const [maxAge, maxStaleness] = [sync.maxAgeSeconds ?? 1, sync.maxStalenessSeconds ?? 300];
  if (!(maxAge >= 0.5 && maxAge < maxStaleness)) {
    problems.push("sync.maxAgeSeconds: must be at least 0.5, and less than `sync.maxStalenessSeconds`");
  }
  const url = urlOf(sync.url ?? sync.issuer);
  if (!url) {
    problems.push(`sync.${sync.url === undefined ? "issuer" : "url"}: must be a URL such as \`https://issuer.example\``);
  }
  const keys = bundleKeys(sync.signer);
  if (!keys) {
    problems.push(
      "sync.signer: must be the bundle keys, as `postern admin bundle-key list` prints them; or null, to accept bundles without a signature",
    );
  }
  if (!url || !keys) {
    return undefined;
  }
  const document = {
    cluster: "issuer",
    authority: url.host,
    path: `${url.pathname.replace(/\/$/, "")}/edge/bundle`,
    key: sync.key,
    issuer: sync.issuer,
    // A host that runs only during requests cannot wait for news.
    wait_seconds: mode === "on-request" ? 0 : (sync.waitSeconds ?? 30),
    max_staleness_seconds: maxStaleness,
    ...(keys.length > 0 && { bundle_keys: keys }),
    ...(sync.environment !== undefined && { environment: sync.environment }),
    ...(sync.listServers && { list_clusters: Object.fromEntries(Object.keys(sync.listServers).map((origin) => [origin, origin])) }),
  };
  return { options: sync, mode, maxAge: maxAge * 1000, url, isSigned: keys.length > 0, document };
}

function urlOf(text: unknown): URL | undefined {
  try {
    const url = new URL(String(text));
    return url.protocol === "https:" || url.protocol === "http:" ? url : undefined;
  } catch {
    return undefined;
  }
}

/** The keys; none for `null`; `undefined` for anything else that holds none. */
function bundleKeys(signer: Jwk | Jwk[] | string | null | undefined): unknown[] | undefined {
  if (signer === null) {
    return [];
  }
  let given: unknown = signer;
  if (typeof signer === "string") {
    try {
      given = JSON.parse(signer);
    } catch {
      return undefined;
    }
  }
  if (typeof given !== "object" || given === null) {
    return undefined;
  }
  // The output of the command, and a set of keys (RFC 7517 section 5).
  const { bundle_keys, keys } = (Array.isArray(given) ? {} : given) as { bundle_keys?: unknown; keys?: unknown };
  const all = bundle_keys ?? keys ?? given;
  const list: { jwk?: unknown }[] = Array.isArray(all) ? all : [all];
  // The command prints each key with what it knows about it.
  return list.length > 0 ? list.map((key) => key?.jwk ?? key) : undefined;
}

/** The names that differ between the options and the configuration of the module. */
const NAMES: [string, string][] = [
  ["the cluster in `sync.cluster` has", "`sync.url` is"],
  ["the cluster in `sync.cluster` must have", "`sync.url` must have"],
  ["set the address of that issuer in the cluster in `sync.cluster`", "set `sync.url` to the address of that issuer"],
  ["that this cluster expects", "that this host expects"],
  ["the cluster in `sync.cluster`", "the server at `sync.url`"],
  ["each with the name of a cluster", "each with the origin at which to fetch it"],
  ["sync.bundle_keys", "sync.signer"],
  ["sync.authority", "sync.url"],
  ["sync.cluster", "sync.url"],
  ["sync.path", "sync.url"],
  ["sync.max_staleness_seconds", "sync.maxStalenessSeconds"],
  ["sync.wait_seconds", "sync.waitSeconds"],
  ["`wait_seconds`", "`sync.waitSeconds`"],
  ["sync.list_clusters", "sync.listServers"],
];

/** A message of the module, with the names of the options. */
export function renamed(message: string): string {
  return NAMES.reduce((text, [from, to]) => text.replaceAll(from, to), message);
}
