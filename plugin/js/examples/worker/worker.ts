// Guards an API in Cloudflare Workers: requests that pass go to the origin in `ORIGIN`.
import { env } from "cloudflare:workers";
import { createGate } from "@postern/gate";

const gate = await createGate({
  // `environment`: that of the edge key.
  sync: { issuer: env.ISSUER, url: env.ISSUER_URL, key: env.EDGE_KEY, signer: env.BUNDLE_KEYS, environment: "production" },
});

export default {
  async fetch(request, _env, ctx) {
    const decision = await gate.decide(request, {
      clientAddress: request.headers.get("cf-connecting-ip"),
      waitUntil: ctx.waitUntil.bind(ctx),
    });
    if (!decision.allowed) {
      return decision.response;
    }
    // `decision.request` keeps the URL of the request. With that URL, the Worker would call itself.
    const { pathname, search } = new URL(request.url);
    return fetch(new Request(`${env.ORIGIN}${pathname}${search}`, decision.request));
  },
} satisfies ExportedHandler;
