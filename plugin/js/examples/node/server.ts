// Guards an API with Hono on Node: the handlers after the middleware get requests that pass.
import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { createGate } from "@postern/gate";
import { postern, type PosternVariables } from "@postern/gate/hono";
import { Hono } from "hono";

const { ISSUER, ISSUER_URL, EDGE_KEY, BUNDLE_KEYS, PORT } = process.env as Record<string, string>;
// `environment`: that of the edge key.
const gate = await createGate({ sync: { issuer: ISSUER!, url: ISSUER_URL!, key: EDGE_KEY!, signer: BUNDLE_KEYS!, environment: "production" } });

const app = new Hono<{ Variables: PosternVariables }>();
// Before the gate: for Prometheus.
app.get("/metrics", (c) => c.text(gate.metrics()));
app.use(postern(gate, { clientAddress: (c) => getConnInfo(c).remote.address }));
app.get("/pizza/1.0.0/orders/:id", (c) => {
  const { identity, tier } = c.get("postern");
  return c.json({ order: c.req.param("id"), application: identity?.application, tier });
});

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT ?? "8000") });
