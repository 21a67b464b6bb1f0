// The options, and what must hold without an issuer: node --test options.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createGate } from "@postern/gate";
import { Answers } from "./node_modules/@postern/gate/dist/answers.js";

const key = { kty: "OKP", crv: "Ed25519", kid: "b1", alg: "EdDSA", use: "sig", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
const sync = { issuer: "https://issuer.example", key: "edge_abc", signer: key, fetch: () => Promise.reject(new Error("no network")) };
const apis = [{ name: "pizza", version: "1.0.0", context: "/pizza" }];
const bundle = { issuer: "https://issuer.example", audience: "a", keys: { keys: [] }, apis };

for (const [name, options, words] of [
  ["an unknown option", { bundle, setings: {} }, "setings: is unknown"],
  ["an unknown option of sync", { sync: { ...sync, singer: key } }, "sync.singer: is unknown"],
  ["no signer", { sync: { ...sync, signer: undefined } }, "sync.signer: must be the bundle keys"],
  ["an empty text as signer", { sync: { ...sync, signer: "" } }, "sync.signer: must be the bundle keys"],
  ["an empty list as signer", { sync: { ...sync, signer: "[]" } }, "sync.signer: must be the bundle keys"],
  ["an empty output as signer", { sync: { ...sync, signer: { bundle_keys: [] } } }, "sync.signer: must be the bundle keys"],
  ["a file name as signer", { sync: { ...sync, signer: "keys.json" } }, "sync.signer: must be the bundle keys"],
  ["a wrong mode", { sync: { ...sync, mode: "onrequest" } }, "sync.mode: must be"],
  ["an age that is no number", { sync: { ...sync, maxAgeSeconds: NaN } }, "sync.maxAgeSeconds: must be"],
  ["an age above the staleness", { sync: { ...sync, maxAgeSeconds: 300 } }, "sync.maxAgeSeconds: must be"],
  ["an URL without a scheme", { sync: { ...sync, url: "issuer.example" } }, "sync.url: must be a URL"],
  ["a log that is no function", { bundle, log: "console" }, "log: must be a function"],
  ["a clock that is no function", { bundle, now: 5 }, "now: must be a function"],
  ["a fetch that is no function", { sync: { ...sync, fetch: "x" } }, "sync.fetch: must be a function"],
  ["a cache that is none", { sync: { ...sync, cache: true } }, "sync.cache: must be a cache"],
  ["settings that are options", { bundle, settings: { sync: {} } }, "settings: `bundle` and `sync`"],
  ["a staleness below the wait", { sync: { ...sync, mode: "background", maxStalenessSeconds: 30 } }, "must be more than `sync.waitSeconds`"],
  ["a wrong edge key", { sync: { ...sync, key: "a b" } }, "`sync.key`: must be an edge key"],
  ["a wrong wait", { sync: { ...sync, waitSeconds: 61 } }, "`sync.waitSeconds`: must be"],
  ["a wrong setting", { bundle, settings: { leeway_seconds: 301 } }, "leeway_seconds"],
]) {
  test(name, async () => {
    await assert.rejects(createGate(options), (error) => {
      assert.ok(error.message.startsWith("the options are refused: ") && error.message.includes(words), error.message);
      return true;
    });
  });
}

for (const signer of [key, [key], JSON.stringify(key), { keys: [key] }, { bundle_keys: [{ kid: "b1", jwk: key }] }, JSON.stringify({ bundle_keys: [{ jwk: key }] })]) {
  test(`a signer as ${JSON.stringify(signer).slice(0, 20)}`, async () => (await createGate({ sync: { ...sync, signer } })).close());
}

test("a signer that is null is logged", async () => {
  const lines = [];
  (await createGate({ sync: { ...sync, signer: null }, log: (level, message) => lines.push([level, message]) })).close();
  assert.match(lines[0][1], /without a signature/);
});

test("the log names the server and the option", async () => {
  const lines = [];
  const gate = await createGate({ sync: { ...sync, mode: "on-request", url: "https://127.0.0.1:9" }, log: (_, message) => lines.push(message) });
  const { code } = await gate.decide(new Request("https://api.example/pizza/1"));
  assert.equal(code, "not_ready");
  assert.match(lines.join("\n"), /no answer from https:\/\/127.0.0.1:9: Error: no network/);
  gate.close();
});

test("what cannot be decided is refused", async () => {
  const gate = await createGate({ bundle, log: () => {} });
  const parts = { method: "GET", path: "/pizza/1", authority: "api.example", headers: [] };
  assert.equal((await gate.decide(parts)).code, "missing_token");
  for (const wrong of [
    { ...parts, headers: { authorization: "x" } },
    { ...parts, headers: Object.entries({ "set-cookie": ["a", "b"] }) },
    { ...parts, headers: [["content-length", 12]] },
    { ...parts, path: undefined },
    undefined,
  ]) {
    const decision = await gate.decide(wrong);
    assert.deepEqual([decision.allowed, decision.code, decision.response.status], [false, "not_ready", 503]);
  }
  gate.close();
  assert.equal((await gate.decide(parts)).code, "not_ready");
  assert.equal(gate.metrics(), "");
});

test("a gate that is closed while a question is open ends quietly", async () => {
  let answer;
  const open = new Promise((resolve) => (answer = resolve));
  const gate = await createGate({ sync: { ...sync, fetch: () => open } });
  gate.close();
  answer(new Response("late"));
  await new Promise((resolve) => setTimeout(resolve, 100));
});

test("fields of the connection and redirects stay here", async () => {
  const gate = await createGate({ bundle, settings: { unmatched: "allow" } });
  const headers = { connection: "keep-alive, x-postern-tier, x-mine", te: "trailers", "x-mine": "1", "x-other": "2", host: "API.example" };
  const { request } = await gate.decide(new Request("https://api.example/other", { headers }));
  assert.deepEqual([...request.headers.keys()].sort(), ["host", "x-other"]);
  assert.deepEqual([request.redirect, request.headers.get("host")], ["manual", "api.example"]);
  gate.close();
});

test("a WebSocket is started with a connection field of our own", async () => {
  const gate = await createGate({ bundle, settings: { unmatched: "allow" } });
  const decide = async (connection) => {
    const headers = { connection, upgrade: "websocket", "x-mine": "1" };
    return (await gate.decide({ method: "GET", path: "/other", authority: "api.example", headers: Object.entries(headers) })).changes;
  };
  assert.deepEqual(await decide("Upgrade, x-mine"), { remove: ["connection", "x-mine"], set: [["connection", "Upgrade"]] });
  assert.deepEqual(await decide("x-mine"), { remove: ["connection", "upgrade", "x-mine"], set: [] });
  gate.close();
});

test("a program is told of a refusal, which stays one", async () => {
  const lines = [];
  const gate = await createGate({ bundle, log: (_, message) => lines.push(message) });
  const refused = [];
  const onRefused = (decision) => {
    refused.push([decision.code, decision.explanation.step]);
    throw new Error("the log is full");
  };
  const next = () => assert.fail("it is refused");
  const response = await gate.guard(new Request("https://api.example/pizza/1"), next, { onRefused });
  assert.deepEqual([response.status, refused], [401, [["missing_token", "credential"]]]);
  assert.match(lines.join(), /`onRefused` failed: Error: the log is full/);
  assert.match(gate.metrics(), /reason="missing_token",api="pizza\/1.0.0"} 1/);
  assert.doesNotMatch(gate.metrics(), /not_ready/);
  gate.close();
});

test("headers may change while a decision waits", async () => {
  // The request is copied before the first wait.
  const gate = await createGate({ bundle });
  const headers = new Headers();
  const decision = gate.decide({ method: "GET", path: "/pizza/1", authority: "api.example", headers });
  headers.set("authorization", "Bearer a.b.c");
  assert.equal((await decision).code, "missing_token");
  gate.close();
});

/** A cache in memory. */
function memoryCache() {
  const stored = new Map();
  const cache = {
    match: async ({ url }) => stored.get(url)?.clone(),
    put: async ({ url }, response) => void stored.set(url, response),
  };
  return { cache, stored };
}

test("an answer that the module refuses is not stored", async () => {
  const { cache, stored } = memoryCache();
  const fetch = async () => new Response("not a bundle", { status: 200 });
  const gate = await createGate({ sync: { ...sync, mode: "on-request", fetch, cache }, log: () => {} });
  assert.equal((await gate.decide(new Request("https://api.example/pizza/1"))).code, "not_ready");
  gate.close();
  assert.equal(stored.size, 0);
});

const question = { call: 1, limit: 1000, timeout: 1000, origin: "", path: "/edge/bundle", headers: [["authorization", "Bearer x"]] };

/** Answers from `cache`, or from an issuer that counts the questions. */
function answersWith(cache, change = {}) {
  const asked = { count: 0, body: "a bundle" };
  const fetch = async () => {
    asked.count += 1;
    return new Response(asked.body);
  };
  const options = { mode: "on-request", base: "https://issuer.example", servers: {}, fetch, cache, isSigned: true, key: "edge_abc" };
  return { asked, answers: new Answers({ ...options, name: "one", maxAge: 60_000, keep: 300, log: () => {}, ...change }) };
}

async function storeIn(cache) {
  await (await answersWith(cache).answers.get(question, false)).store();
}

test("a gate takes an answer that a gate like it has stored", async () => {
  const { cache } = memoryCache();
  await storeIn(cache);
  const { asked, answers } = answersWith(cache);
  assert.equal(new TextDecoder().decode((await answers.get(question, false)).body), "a bundle");
  assert.equal(asked.count, 0);
});

test("while the issuer is down, a new gate gets the last bundle, as old as it is", async () => {
  const { cache } = memoryCache();
  await storeIn(cache);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const down = { maxAge: 5, fetch: async () => new Response("down", { status: 503 }) };
  const answer = await answersWith(cache, down).answers.get(question, false);
  assert.deepEqual([answer.status, new TextDecoder().decode(answer.body), answer.store], [200, "a bundle", undefined]);
  assert.ok(answer.age >= 19, `${answer.age} ms`);
  const known = { ...question, headers: [...question.headers, ["if-none-match", '"any"']] };
  assert.equal((await answersWith(cache, down).answers.get(known, false)).status, 503);
  const { answers } = answersWith(cache, down);
  answers.refuse(question);
  assert.equal((await answers.get(question, false)).status, 503);
});

for (const [name, change] of [
  ["another edge key", { key: "edge_other" }],
  ["another configuration", { name: "two" }],
  ["bundles that are not signed", { isSigned: false }],
]) {
  test(`a gate with ${name} does not take it`, async () => {
    const { cache } = memoryCache();
    await storeIn(cache);
    const { asked, answers } = answersWith(cache, change);
    await answers.get(question, false);
    assert.equal(asked.count, 1);
  });
}

test("an entry that something else has changed is not taken", async () => {
  for (const change of [
    async (entry) => new Response("another bundle", { headers: entry.headers }),
    async (entry) => new Response(await entry.text(), { headers: { ...Object.fromEntries(entry.headers), "x-postern-stored-at": String(Date.now()) } }),
  ]) {
    const { cache, stored } = memoryCache();
    await storeIn(cache);
    const [[url, entry]] = stored;
    // The clock must show another time than that of the entry.
    await new Promise((resolve) => setTimeout(resolve, 5));
    stored.set(url, await change(entry));
    const { asked, answers } = answersWith(cache);
    await answers.get(question, false);
    assert.equal(asked.count, 1);
  }
});

test("an answer that is too large is not stored, and a cache that hangs is not waited for", async () => {
  const { cache, stored } = memoryCache();
  const { asked, answers } = answersWith(cache);
  asked.body = "x".repeat(question.limit + 1);
  const answer = await answers.get(question, false);
  assert.deepEqual([answer.status, answer.body, answer.store, stored.size], [200, undefined, undefined, 0]);
  const hanging = { match: () => new Promise(() => {}), put: () => new Promise(() => {}) };
  const late = await answersWith(hanging).answers.get(question, false);
  assert.equal(new TextDecoder().decode(late.body), "a bundle");
  await late.store();
});

test("an issuer whose answer has too many chunks is not read to the end", async () => {
  let chunks = 0;
  const body = () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1).fill(32 + (chunks++ % 64))) });
  const options = { ...sync, mode: "on-request", fetch: () => Promise.resolve(new Response(body())) };
  const gate = await createGate({ sync: options, log: () => {} });
  assert.equal((await gate.decide(new Request("https://api.example/pizza/1"))).code, "not_ready");
  assert.ok(chunks > 19_000 && chunks < 21_000, `${chunks} chunks`);
  gate.close();
});

test("in the background, a slow first bundle is waited for", async () => {
  const lines = [];
  let requests = 0;
  const slow = () => new Promise((resolve) => setTimeout(() => resolve(new Response("no bundle", { status: 418 })), 6_000));
  const options = { ...sync, mode: "background", fetch: () => (requests++, slow()) };
  const gate = await createGate({ sync: options, log: (_, message) => lines.push(message) });
  await new Promise((resolve) => setTimeout(resolve, 5_600));
  assert.deepEqual([requests, lines], [1, []]);
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.match(lines.join(), /418/);
  gate.close();
});

test("a URL whose authority is none is refused", async () => {
  const gate = await createGate({ bundle, settings: { unmatched: "allow" }, log: () => {} });
  for (const url of ["http://x@api.example/pizza/1", "http://api.example?/pizza/1", "http://api.example#/pizza/1", "http://", "http:///pizza/1", "ws://api.example/"]) {
    // As Deno has it: what the client sent, not what a URL parser makes of it.
    const request = new Request("http://api.example/");
    Object.defineProperty(request, "url", { value: url });
    const decision = await gate.decide(request);
    assert.deepEqual([decision.code, decision.response?.status], ["bad_path", 400], url);
  }
  gate.close();
});
