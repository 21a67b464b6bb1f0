// Decides the vectors that it is sent, as a Worker.
import { createGate } from "@postern/gate";
import { decideAll } from "./vectors.mjs";

export default {
  async fetch(request) {
    return Response.json(await decideAll(createGate, await request.json()));
  },
};
