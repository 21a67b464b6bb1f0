// Explains the requests that it is sent, as a Worker.
import { explain } from "@postern/gate/explain";
import { explainAll } from "./explained.mjs";

export default {
  async fetch(request) {
    return Response.json(await explainAll(explain, await request.json()));
  },
};
