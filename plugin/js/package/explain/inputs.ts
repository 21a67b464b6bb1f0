// Turns what a person entered into the configuration and the request that the gate's explanation takes.

/** What a person entered. */
export interface Entered {
  method: string;
  url: string;
  headers: string;
  source: string;
  token: string;
  bundle: string;
  time: string;
}

/** A problem of one field. */
export class FieldProblem extends Error {
  constructor(
    readonly field: keyof Entered,
    message: string,
  ) {
    super(message);
  }
}

/** The arguments of the explanation. Throws a `FieldProblem`. */
export function read(entered: Entered): { configuration: string; request: string; now: number } {
  const { configuration, credential } = readBundle(entered.bundle);
  const { authority, path } = readUrl(entered.url);
  const headers = readHeaders(entered.headers);
  const has = (name: string) => headers.some(([own]) => own.toLowerCase() === name.toLowerCase());
  if (authority !== undefined && !has("host")) {
    headers.unshift(["host", authority]);
  }
  const token = entered.token.trim().replace(/^Bearer\s+/i, "");
  if (token !== "") {
    if (has(credential.header)) {
      throw new FieldProblem("token", `The other headers have ${credential.header} already: leave one of the two empty.`);
    }
    headers.push([credential.header, credential.scheme === null ? token : `${credential.scheme} ${token}`]);
  }
  const source = entered.source.trim();
  const request = { method: entered.method.trim(), path, headers, ...(source && { source }) };
  return { configuration, request: JSON.stringify(request), now: readTime(entered.time) };
}

/** The authority and the path of a URL, as they are written: the gate has to see what the client sends. */
export function readUrl(text: string): { authority: string | undefined; path: string } {
  const url = text.trim();
  const [, authority, rest] = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)([^#]*)/i.exec(url) ?? [];
  if (authority !== undefined) {
    return { authority, path: rest!.startsWith("/") ? rest! : `/${rest!}` };
  }
  if (!url.startsWith("/")) {
    throw new FieldProblem("url", "Enter a URL that begins with https:// or http://, or a path that begins with /.");
  }
  return { authority: undefined, path: url.replace(/#.*/s, "") };
}

/** The header fields, one on each line. */
export function readHeaders(text: string): [string, string][] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line, index) => {
    // A name may begin with a colon: `:authority`.
    const colon = line.indexOf(":", 1);
    if (colon < 0) {
      throw new FieldProblem("headers", `Header ${index + 1} has no colon: write the name, a colon and the value.`);
    }
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}

interface Credential {
  header: string;
  scheme: string | null;
}

/** The configuration, and where it expects the token. */
function readBundle(text: string): { configuration: string; credential: Credential } {
  const credential: Credential = { header: "authorization", scheme: "Bearer" };
  if (/^\s*eyJ/.test(text)) {
    throw new FieldProblem("bundle", "This is a signed bundle: enter the JSON that postern admin bundle writes.");
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new FieldProblem("bundle", `This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new FieldProblem("bundle", "Enter a JSON object: a bundle, or a configuration with a bundle.");
  }
  if (!("bundle" in document || "sync" in document)) {
    return { configuration: `{"bundle":${text}}`, credential };
  }
  const own = "credential" in document ? document.credential : undefined;
  return { configuration: text, credential: typeof own === "object" ? { ...credential, ...own } : credential };
}

/** The time in seconds since 1970. */
function readTime(text: string): number {
  const time = text.trim();
  if (time === "") {
    return Math.floor(Date.now() / 1000);
  }
  const seconds = /^\d+$/.test(time) ? Number(time) : Date.parse(time) / 1000;
  if (!Number.isFinite(seconds) || seconds < 0) {
    throw new FieldProblem("time", "Enter a time such as 2027-01-15T08:00:00Z, or seconds since 1970.");
  }
  return Math.floor(seconds);
}
