import type { Context, MiddlewareHandler } from "hono";
import type { Decision, Refused } from "./decision.js";
import type { Gate } from "./gate.js";
import type { DecideContext } from "./types.js";

/** What the middleware sets in Hono's context: `new Hono<{ Variables: PosternVariables }>()`. */
export interface PosternVariables {
  /** The decision on the request. */
  postern: Decision;
}

export interface PosternOptions {
  /** Where the client's address is, for example `(c) => c.req.header("cf-connecting-ip")` in a Worker. */
  clientAddress?: (context: Context) => string | null | undefined;
  /** Gets each refusal, for example to log its `explanation`. */
  onRefused?: (decision: Refused, context: Context) => void;
}

/** Guards the routes after it: answers a request that is refused, and gives the others to the next handler as the upstream may see them. */
export function postern(gate: Gate | Promise<Gate>, options: PosternOptions = {}): MiddlewareHandler<{ Variables: PosternVariables }> {
  return async (context, next) => {
    const own = await gate;
    const decision = await own.decide(context.req.raw, decideContext(context, options.clientAddress?.(context)));
    context.set("postern", decision);
    if (!decision.allowed) {
      own.told(decision, (refused) => options.onRefused?.(refused, context));
      return decision.response;
    }
    context.req.raw = decision.request;
    return next();
  };
}

function decideContext(context: Context, clientAddress: string | null | undefined): DecideContext {
  try {
    const { executionCtx } = context;
    return { clientAddress: clientAddress ?? null, waitUntil: (promise) => executionCtx.waitUntil(promise) };
  } catch {
    // Hosts other than Workers have none.
    return { clientAddress: clientAddress ?? null };
  }
}
