// Wrangler makes this file: `npx wrangler types`. It is here so that the example can be checked without Wrangler.
declare module "cloudflare:workers" {
  export const env: { ISSUER: string; ISSUER_URL: string; EDGE_KEY: string; BUNDLE_KEYS: string; ORIGIN: string };
}

interface ExportedHandler {
  fetch(request: Request, env: unknown, ctx: { waitUntil(promise: Promise<unknown>): void }): Promise<Response>;
}
