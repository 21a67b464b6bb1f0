// Decides the requests of the shared vectors. Runs in every JavaScript host.

/** `groups` have a configuration and requests each; every request is decided twice at the Unix time `now`, the second time with a warm cache. */
export async function decideAll(createGate, { now, groups }) {
  const decisions = [];
  for (const { configuration, requests } of groups) {
    const { bundle, ...settings } = configuration;
    const gate = await createGate({ bundle, settings, now: () => now * 1000 });
    for (const round of [1, 2]) {
      for (const { method, path, authority, headers, source } of requests) {
        const decision = await gate.decide({ method, path, authority, headers }, { clientAddress: source });
        decisions.push({ round, ...(await described(decision)) });
      }
    }
    gate.close();
  }
  return decisions;
}

async function described({ allowed, code, changes, explanation, response }) {
  if (allowed) {
    return { allowed, code, changes };
  }
  return { allowed, code, explanation, response: { status: response.status, headers: [...response.headers], body: await response.text() } };
}
