// The page: reads the form, lets the module decide, and shows the explanation. It sends nothing; the only request after the page is loaded is
// for a bundle, from this origin, when its button is pressed.

import * as bindings from "./explain_bg.js";
import { readCommand } from "./curl.js";
import { FieldProblem, read, type Entered } from "./inputs.js";
import { show, type Explained } from "./result.js";

/** The largest bundle that is fetched, in bytes. */
const MAX_BUNDLE = 64 * 1024 * 1024;

/** The fields of the form by their ids. A control called `method` would hide the property of the form. */
const FIELDS = { method: "http-method", url: "url", headers: "headers", source: "source", token: "token", bundle: "bundle", time: "time" };

type Field = HTMLInputElement | HTMLTextAreaElement;

function find<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const form = find<HTMLFormElement>("form");
const result = find("result");
const problem = find("problem");

/** Shows what is wrong with a field; nothing for the empty text. */
function mark(field: string, message: string): void {
  const [control, hint] = [find(field), `${field}-hint`];
  find(`${field}-problem`).textContent = message;
  control.setAttribute("aria-describedby", message ? `${hint} ${field}-problem` : hint);
  if (message) {
    control.setAttribute("aria-invalid", "true");
    control.focus();
  } else {
    control.removeAttribute("aria-invalid");
  }
}

function clearProblems(): void {
  for (const field of ["curl", "url", "headers", "source", "token", "bundle", "address", "time"]) {
    mark(field, "");
  }
  problem.hidden = true;
}

function explain(): void {
  clearProblems();
  const entered = Object.fromEntries(Object.entries(FIELDS).map(([name, id]) => [name, find<Field>(id).value])) as unknown as Entered;
  try {
    const { configuration, request, now } = read(entered);
    show(result, JSON.parse(bindings.explain(configuration, request, now)) as Explained);
  } catch (error) {
    result.hidden = true;
    if (error instanceof FieldProblem) {
      return mark(error.field, error.message);
    }
    problem.textContent = sentence(String(error));
    problem.hidden = false;
  }
}

/** The problems that the module names, for a person. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fillFromCommand(): void {
  mark("curl", "");
  try {
    const command = readCommand(find<Field>("curl").value);
    const isToken = ([name, value]: [string, string]) => name.toLowerCase() === "authorization" && /^bearer\s/i.test(value);
    const tokens = command.headers.filter(isToken);
    const others = tokens.length === 1 ? command.headers.filter((header) => !isToken(header)) : command.headers;
    find<Field>(FIELDS.method).value = command.method;
    find<Field>("url").value = command.url;
    find<Field>("headers").value = others.map(([name, value]) => `${name}: ${value}`).join("\n");
    find<Field>("token").value = tokens.length === 1 ? tokens[0]![1].replace(/^bearer\s+/i, "") : "";
    find("curl-result").textContent = "The request is filled in.";
  } catch (error) {
    find("curl-result").textContent = "";
    mark("curl", error instanceof Error ? error.message : String(error));
  }
}

function useBundle(text: string, from: string): void {
  find<Field>("bundle").value = text;
  mark("bundle", "");
  find("bundle-result").textContent = `The bundle is from ${from}.`;
}

/** The address of the bundle, as it would be fetched; nothing if there is none on this origin. */
function bundleAddress(): URL | undefined {
  const text = find<Field>("address").value.trim();
  const url = text && URL.canParse(text, location.href) ? new URL(text, location.href) : undefined;
  return url?.origin === location.origin && url.username === "" && url.password === "" ? url : undefined;
}

async function fetchBundle(): Promise<void> {
  mark("address", "");
  const url = bundleAddress();
  if (!url) {
    return mark("address", `Enter an address of ${location.origin}; from elsewhere, download the bundle and choose the file.`);
  }
  try {
    const response = await fetch(url, { credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", cache: "no-store" });
    if (!response.ok) {
      return mark("address", `The server answers with status ${response.status}.`);
    }
    const body = await response.blob();
    if (body.size > MAX_BUNDLE) {
      return mark("address", "The bundle is larger than 64 MiB.");
    }
    useBundle(await body.text(), url.href);
  } catch {
    mark("address", "The server does not answer, or redirects.");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  explain();
});
form.addEventListener("reset", () => {
  clearProblems();
  result.replaceChildren();
  result.hidden = true;
  for (const id of ["curl-result", "bundle-result"]) {
    find(id).textContent = "";
  }
  find("address-whole").textContent = "none";
});
find("read-curl").addEventListener("click", fillFromCommand);
find("fetch").addEventListener("click", () => void fetchBundle());
find("address").addEventListener("input", () => {
  find("address-whole").textContent = bundleAddress()?.href ?? "none";
});
find<HTMLInputElement>("file").addEventListener("change", ({ currentTarget }) => {
  const file = (currentTarget as HTMLInputElement).files?.[0];
  void file?.text().then((text) => useBundle(text, `the file ${file.name}`));
});

/** Loads the module, once. Any static server will do, whatever type it gives the file. */
async function load(): Promise<void> {
  const response = await fetch(new URL("explain_bg.wasm", import.meta.url));
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), { "./explain_bg.js": bindings as never });
  (bindings as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void }).__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as (() => void) | undefined)?.();
  find<HTMLButtonElement>("explain").disabled = false;
}

load().catch((error: unknown) => {
  problem.textContent = `The gateway’s code cannot be loaded: ${String(error)}`;
  problem.hidden = false;
});
