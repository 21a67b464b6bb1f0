import type { Decision } from "./decision.js";
import type { Gate } from "./gate.js";
import type { DecideContext } from "./types.js";

/** The part of Hono's context that the middleware uses. */
interface HonoContext {
  req: { raw: Request };
  set(key: "postern", value: Decision): void;
  executionCtx: { waitUntil(promise: Promise<unknown>): void };
}

/** What the middleware sets in Hono's context: `new Hono<{ Variables: PosternVariables }>()`. */
export interface PosternVariables {
  /** The decision on the request. */
  postern: Decision;
}

/**
 * Guards the routes after it. `clientAddress` says where the client's address is, for example
 * `(c) => c.req.header("cf-connecting-ip")` in a Worker.
 */
export function postern<C extends HonoContext>(
  gate: Gate | Promise<Gate>,
  options: { clientAddress?: (context: C) => string | null | undefined } = {},
): (context: C, next: () => Promise<void>) => Promise<Response | void> {
  return async (context, next) => {
    const decision = await (await gate).decide(context.req.raw, decideContext(context, options.clientAddress?.(context)));
    if (!decision.allowed) {
      return decision.response;
    }
    context.req.raw = decision.request!;
    context.set("postern", decision);
    await next();
  };
}

function decideContext(context: HonoContext, clientAddress: string | null | undefined): DecideContext {
  try {
    const { executionCtx } = context;
    return { clientAddress: clientAddress ?? null, waitUntil: (promise) => executionCtx.waitUntil(promise) };
  } catch {
    // Hosts other than Workers have none.
    return { clientAddress: clientAddress ?? null };
  }
}
