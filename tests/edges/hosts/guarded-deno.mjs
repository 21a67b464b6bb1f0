// The guarded API in Deno: prints its address.
import process from "node:process";
import { createGate } from "@postern/gate";
import { answer } from "./guarded.mjs";

const gate = await createGate(JSON.parse(process.env.OPTIONS));
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ hostname, port }) => console.log(`${hostname}:${port}`) }, (request, { remoteAddr }) =>
  answer(gate, request, { clientAddress: remoteAddr.hostname }, process.env.UPSTREAM),
);
