// The guarded API in Bun: prints its address.
import { createGate } from "@postern/gate";
import { answer } from "./guarded.mjs";

const gate = await createGate(JSON.parse(process.env.OPTIONS));
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) => answer(gate, request, { clientAddress: server.requestIP(request)?.address }, process.env.UPSTREAM),
});
console.log(`${server.hostname}:${server.port}`);
