// Explains requests with the package, and one with options that are refused.

/** The explanations of `requests`, and the error of an empty bundle. */
export async function explainAll(explain, { options, requests }) {
  const explained = [];
  for (const request of requests) explained.push(await explain(options, request));
  const error = await explain({ bundle: {} }, requests[0]).catch((error) => error.message);
  return { explained, error };
}
