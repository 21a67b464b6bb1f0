// Reads a curl command: the request that it would send. Nothing is run.

/** The request of a command. */
export interface Command {
  method: string;
  url: string;
  headers: [string, string][];
}

/** Options whose argument does not change method, URL and headers. A letter stands for a short option. */
const WITH_ARGUMENT = new Set(
  (
    "o m x w E T U C K P Q c D z y Y t r " +
    "output max-time connect-timeout proxy write-out cert key cacert capath pass ciphers resolve connect-to retry retry-delay " +
    "retry-max-time limit-rate max-redirs cookie-jar dump-header proxy-user proxy-header interface dns-servers unix-socket range " +
    "upload-file tls-max pinnedpubkey noproxy keepalive-time max-filesize stderr trace trace-ascii"
  ).split(" "),
);

const SHORT: Record<string, string> = {
  X: "request",
  H: "header",
  A: "user-agent",
  e: "referer",
  b: "cookie",
  u: "user",
  d: "data",
  F: "form",
  I: "head",
  G: "get",
};

const HEADERS: Record<string, string> = { "user-agent": "user-agent", referer: "referer", cookie: "cookie" };

/** The request of `text`. Throws a sentence that says what cannot be read. */
export function readCommand(text: string): Command {
  const [program, ...words] = split(text);
  if (program !== "curl") {
    throw new Error("The command must begin with curl.");
  }
  let [method, url, query]: [string | undefined, string | undefined, string[]] = [undefined, undefined, []];
  let sends: "GET" | "HEAD" | "POST" = "GET";
  let isInQuery = false;
  const headers: [string, string][] = [];
  while (words.length > 0) {
    const [name, value] = option(words);
    if (name === undefined || name === "url") {
      if (url !== undefined) {
        throw new Error("The command has more than one URL.");
      }
      url = value();
    } else if (name === "request") {
      method = value();
    } else if (name === "header") {
      headers.push(...header(value()));
    } else if (Object.hasOwn(HEADERS, name)) {
      headers.push([HEADERS[name]!, value()]);
    } else if (name === "user") {
      headers.push(["authorization", `Basic ${btoa(value())}`]);
    } else if (name === "oauth2-bearer") {
      headers.push(["authorization", `Bearer ${value()}`]);
    } else if (name === "json" || name === "form" || name.startsWith("data")) {
      query.push(value());
      sends = "POST";
    } else if (name === "head") {
      sends = "HEAD";
    } else if (name === "get") {
      isInQuery = true;
    } else if (WITH_ARGUMENT.has(name)) {
      value();
    }
  }
  if (url === undefined) {
    throw new Error("The command has no URL.");
  }
  if (isInQuery) {
    sends = "GET";
    url = query.length > 0 ? `${url}${url.includes("?") ? "&" : "?"}${query.join("&")}` : url;
  }
  return { method: method ?? sends, url: /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`, headers };
}

/** Takes an option from the words, or a URL, which has no name. */
function option(words: string[]): [name: string | undefined, value: () => string] {
  const word = words.shift()!;
  const next = (name: string) => () => {
    const value = words.shift();
    if (value === undefined) {
      throw new Error(`The option ${name} has no argument.`);
    }
    return value;
  };
  if (word.startsWith("--")) {
    return [word.slice(2), next(word)];
  }
  if (!word.startsWith("-") || word === "-") {
    return [undefined, () => word];
  }
  // One letter; what follows is its argument, or further letters.
  const [letter, rest] = [word.slice(1, 2), word.slice(2)];
  const name = SHORT[letter] ?? letter;
  if (rest === "") {
    return [name, next(word)];
  }
  const takesArgument = (letter in SHORT && name !== "head" && name !== "get") || WITH_ARGUMENT.has(letter);
  if (!takesArgument) {
    words.unshift(`-${rest}`);
  }
  return [name, () => rest];
}

/** `Name: value`. With nothing after the colon, curl leaves the header out; `Name;` sends it empty. */
function header(text: string): [string, string][] {
  const colon = text.indexOf(":");
  if (colon < 0) {
    return text.endsWith(";") ? [[text.slice(0, -1), ""]] : [];
  }
  const value = text.slice(colon + 1).trim();
  return value === "" ? [] : [[text.slice(0, colon).trim(), value]];
}

/** The words of a command, as a POSIX shell reads them, without expansions. */
function split(text: string): string[] {
  const words: string[] = [];
  const pattern = /\s+|\\\r?\n|'([^']*)'|\$'((?:[^'\\]|\\[^])*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/gy;
  let word: string | undefined;
  let at = 0;
  for (const match of text.trim().matchAll(pattern)) {
    at = match.index + match[0].length;
    const [whole, single, ansi, double, escaped, plain] = match;
    const part = single ?? (ansi === undefined ? undefined : unescape(ansi)) ?? double?.replace(/\\([$`"\\\n])/g, (_, own: string) => (own === "\n" ? "" : own)) ?? escaped ?? plain;
    if (part !== undefined) {
      word = (word ?? "") + part;
    } else if (!whole.startsWith("\\") && word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (at !== text.trim().length) {
    throw new Error("A quotation mark of the command is not closed.");
  }
  return word === undefined ? words : [...words, word];
}

/** The escapes of `$'…'`. */
function unescape(text: string): string {
  const names: Record<string, string> = { n: "\n", r: "\r", t: "\t", 0: "\0" };
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g, (_, unicode?: string, byte?: string, own?: string) =>
    own === undefined ? String.fromCharCode(Number.parseInt((unicode ?? byte)!, 16)) : (names[own] ?? own),
  );
}
