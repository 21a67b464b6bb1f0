// The guarded API in Node, with Hono and the middleware: prints its address.
import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { createGate } from "@postern/gate";
import { postern } from "@postern/gate/hono";
import { Hono } from "hono";

const gate = await createGate(JSON.parse(process.env.OPTIONS));
const app = new Hono();
app.get("/metrics", (c) => c.text(gate.metrics()));
app.use(postern(gate, { clientAddress: (c) => getConnInfo(c).remote.address }));
app.all("*", (c) => {
  const { pathname, search } = new URL(c.req.url);
  return fetch(new Request(`${process.env.UPSTREAM}${pathname}${search}`, c.req.raw));
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ address, port }) => console.log(`${address}:${port}`));
