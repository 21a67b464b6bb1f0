// Sends the requests that a page of documentation describes. The token stays in its field: nothing is stored, and the page's content security policy
// lets requests go to the gateway alone. Whatever is shown is text, never markup.
"use strict";

const SHOWN_HEADERS = ["content-type", "etag", "location", "retry-after", "www-authenticate", "x-request-id", "idempotency-replayed", "allow"];

/// The most characters of an answer that are shown.
const MOST = 100_000;

const section = document.getElementById("try-out");
const token = document.getElementById("try-token");
const origin = new URL(section.dataset.gateway || location.origin).origin;

/// The address and the header fields of a request, from the fields of a form.
function request(form) {
  const headers = new Headers();
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const input of form.querySelectorAll("input[data-in]")) {
    const { in: place, name } = input.dataset;
    if (input.value === "") continue;
    if (place === "query") query.append(name, input.value);
    else if (place === "header") headers.set(name, input.value);
    // A browser would remove such a segment, and the request would go to another path.
    else if (/^(\.|%2e){1,2}$/i.test(input.value)) throw new Error(section.dataset.dots);
    else path = path.replaceAll(`{${name}}`, () => encodeURIComponent(input.value));
  }
  const address = new URL(origin + path);
  address.search = query.toString();
  if (address.origin !== origin) throw new Error(section.dataset.failed);
  const word = token.value.trim();
  if (word) headers.set("authorization", `Bearer ${word}`);
  return { address, headers };
}

function described(response, text) {
  const head = SHOWN_HEADERS.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
  let content = text;
  try {
    content = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // It is no JSON, and shown as it is.
  }
  const shown = content.length > MOST ? `${content.slice(0, MOST)}\n${section.dataset.cut}` : content;
  return [`${response.status} ${response.statusText}`.trim(), ...head, "", shown].join("\n");
}

async function send(form) {
  const answer = form.querySelector(".answer");
  answer.hidden = false;
  answer.textContent = section.dataset.sending;
  try {
    const { address, headers } = request(form);
    const { method } = form.dataset;
    const body = form.querySelector("textarea[data-type]");
    const hasBody = body && body.value !== "" && method !== "GET" && method !== "HEAD";
    if (hasBody) headers.set("content-type", body.dataset.type);
    const response = await fetch(address, { method, headers, body: hasBody ? body.value : undefined, credentials: "omit", cache: "no-store" });
    answer.textContent = described(response, await response.text());
  } catch (error) {
    answer.textContent = error instanceof TypeError ? section.dataset.failed : error.message;
  }
}

section.hidden = false;
for (const form of document.querySelectorAll("form.try")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
