// The guarded API as a Worker.
import { env } from "cloudflare:workers";
import { createGate } from "@postern/gate";
import { answer } from "./guarded.mjs";

const gate = await createGate(JSON.parse(env.OPTIONS));

export default {
  fetch(request, _env, ctx) {
    const waitUntil = ctx.waitUntil.bind(ctx);
    return answer(gate, request, { clientAddress: request.headers.get("cf-connecting-ip"), waitUntil }, env.UPSTREAM);
  },
};
