// An API behind the gate, in any host: what it passes goes to the upstream that the options name.

/** Answers a request: `/metrics` with the gate's metrics, everything else as the gate decides. */
export function answer(gate, request, context, upstream) {
  const { pathname, search } = new URL(request.url);
  if (pathname === "/metrics") {
    return new Response(gate.metrics());
  }
  const host = new URL(request.url).host;
  return gate.guard(
    request,
    (passed) => {
      const forwarded = new Request(`${upstream}${pathname}${search}`, passed);
      forwarded.headers.set("x-forwarded-authority", host);
      return fetch(forwarded);
    },
    context,
  );
}
