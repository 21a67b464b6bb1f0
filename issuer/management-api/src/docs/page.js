// Shows the document beside this page, and sends the requests that it describes. Whatever it shows is text, never markup.
"use strict";

const METHODS = ["get", "post", "patch", "put", "delete"];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function resolve(api, schema) {
  const name = schema?.$ref?.split("/").pop();
  return name ? api.components.schemas[name] : (schema ?? {});
}

// A value of the schema's form, to be changed by hand.
function example(api, schema, depth = 0) {
  const found = resolve(api, schema);
  if (depth > 6) return null;
  if (found.example !== undefined) return found.example;
  if (found.enum) return found.enum[0];
  if (found.oneOf) return example(api, found.oneOf.find((one) => one.type !== "null"), depth + 1);
  if (found.allOf) return Object.assign({}, ...found.allOf.map((one) => example(api, one, depth + 1)));
  const type = Array.isArray(found.type) ? found.type[0] : found.type;
  if (type === "object" || found.properties) {
    // Optional fields are left out: in a change, every field in the body changes something.
    const shown = Object.entries(found.properties ?? {}).filter(([name]) => found.required?.includes(name));
    return Object.fromEntries(shown.map(([name, one]) => [name, example(api, one, depth + 1)]));
  }
  if (type === "array") return [example(api, found.items, depth + 1)];
  if (type === "integer" || type === "number") return found.minimum ?? 0;
  if (type === "boolean") return false;
  return type === "string" ? "" : null;
}

// What a schema is made of, however deep.
function partsOf(api, schema) {
  const found = resolve(api, schema);
  return found.allOf ? found.allOf.flatMap((one) => partsOf(api, one)) : [found];
}

function describeFields(api, schema) {
  const table = element("table");
  for (const part of partsOf(api, schema)) {
    for (const [name, field] of Object.entries(part.properties ?? {})) {
      const known = resolve(api, field.oneOf ? field.oneOf.find((one) => one.type !== "null") : field);
      const words = known.enum ? ` (${known.enum.join(", ")})` : "";
      const need = (part.required ?? []).includes(name) ? "required" : "optional";
      const text = (field.description ?? known.description ?? "") + words;
      table.append(element("tr", {}, element("td", {}, element("code", {}, name)), element("td", {}, need), element("td", {}, text)));
    }
  }
  return table;
}

async function send(method, path, inputs, body, answer) {
  const headers = new Headers();
  const token = document.getElementById("token").value.trim();
  if (token) headers.set("authorization", `Bearer ${token}`);
  const query = new URLSearchParams();
  let target = path;
  for (const [parameter, input] of inputs) {
    const value = input.value;
    if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (parameter.in === "query") query.append(parameter.name, value);
    else headers.set(parameter.name, value);
  }
  if (body) headers.set("content-type", "application/json");
  if (query.size > 0) target += `?${query}`;
  answer.textContent = "…";
  try {
    const response = await fetch(target, { method: method.toUpperCase(), headers, body: body?.value, credentials: "omit", cache: "no-store" });
    const text = await response.text();
    const shown = ["etag", "location", "idempotency-replayed", "allow", "retry-after", "x-request-id"];
    const head = shown.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
    let content = text;
    try { content = JSON.stringify(JSON.parse(text), null, 2); } catch { /* Shown as it is. */ }
    answer.textContent = [`${response.status} ${response.statusText}`, ...head, "", content].join("\n");
  } catch (error) {
    answer.textContent = `no answer: ${error.message}`;
  }
}

function showOperation(api, path, method, operation) {
  const inputs = (operation.parameters ?? []).map((parameter) => {
    const attributes = { autocomplete: "off", spellcheck: "false" };
    if (parameter.in === "path") attributes.required = "";
    return [parameter, element("input", attributes)];
  });
  const form = inputs.map(([parameter, input]) =>
    element("label", {}, element("code", {}, parameter.name), ` in the ${parameter.in} `,
      element("span", { class: "hint" }, parameter.description ?? ""), input));
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  let body = null;
  if (schema) {
    body = element("textarea", { rows: "6", spellcheck: "false", "aria-label": "body" });
    body.value = JSON.stringify(example(api, schema), null, 2);
    form.push(describeFields(api, schema), element("label", {}, "Body", body));
  }
  const answer = element("pre", {}, "not sent yet");
  const button = element("button", { type: "button" }, "Send");
  button.addEventListener("click", () => send(method, path, inputs, body, answer));
  const answers = element("table");
  for (const [status, response] of Object.entries(operation.responses)) {
    answers.append(element("tr", {}, element("td", {}, status), element("td", {}, response.description)));
  }
  const summary = element("summary", {}, element("code", { class: "method" }, method.toUpperCase()), element("code", {}, path),
    element("div", { class: "hint" }, operation.summary ?? ""));
  return element("details", { id: operation.operationId }, summary, ...form, button, answer,
    element("details", {}, element("summary", {}, "Answers"), answers));
}

async function start() {
  const main = document.getElementById("operations");
  const response = await fetch("openapi.json");
  const api = await response.json();
  document.getElementById("about").textContent = api.info.description;
  main.textContent = "";
  const groups = new Map((api.tags ?? []).map((tag) => [tag.name, { tag, operations: [] }]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      const name = item[method].tags?.[0] ?? "other";
      if (!groups.has(name)) groups.set(name, { tag: { name }, operations: [] });
      groups.get(name).operations.push(showOperation(api, path, method, item[method]));
    }
  }
  for (const { tag, operations } of groups.values()) {
    if (operations.length > 0) {
      main.append(element("section", {}, element("h2", {}, tag.name), element("p", { class: "hint" }, tag.description ?? ""), ...operations));
    }
  }
}

start().catch((error) => {
  document.getElementById("operations").textContent = `cannot read openapi.json: ${error.message}`;
});
