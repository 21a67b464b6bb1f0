// Guards an API with Deno: requests that pass go to the origin in ORIGIN.
// `passed` keeps the URL of the request. With that URL, the program would call itself.
// deno run --allow-net --allow-env server.ts
import { createGate } from "@postern/gate";

const [issuer, url, key, signer, origin] = ["ISSUER", "ISSUER_URL", "EDGE_KEY", "BUNDLE_KEYS", "ORIGIN"].map((name) => Deno.env.get(name)!);
// `environment`: that of the edge key.
const gate = await createGate({ sync: { issuer, url, key, signer, environment: "production" } });

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? "8000") }, (request, { remoteAddr }) =>
  gate.guard(
    request,
    (passed) => {
      const { pathname, search } = new URL(request.url);
      return fetch(new Request(`${origin}${pathname}${search}`, passed));
    },
    { clientAddress: remoteAddr.hostname },
  ),
);
