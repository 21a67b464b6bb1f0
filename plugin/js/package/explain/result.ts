// Shows an explanation. What it holds comes from strangers, so it becomes text, never markup.

interface Fact {
  name: string;
  value: string;
  unverified?: true;
}

interface Step {
  step: string;
  state: "passed" | "failed" | "not_reached";
  read: Fact[];
  change?: string;
}

/** The explanation of a decision, as the module returns it. */
export interface Explained {
  outcome: "allow" | "deny";
  code: string;
  status: number;
  detail: string;
  set?: Record<string, string>;
  remove?: string[];
  authority?: string;
  steps: Step[];
}

/** The names of the steps, and the question that each of them answers. */
const TITLES: Record<string, string> = {
  ready: "Ready: does the gateway have a current bundle?",
  path: "Path: does it have one normal form?",
  resource: "Resource: which API and resource is the request for?",
  credential: "Credential: does the request hold one token?",
  token: "Token: did a known key sign it?",
  claims: "Claims: is it for this gateway, and valid at this time?",
  status: "Status: is the token revoked?",
  environment: "Environment: is the token of the right environment and kind?",
  subscription: "Subscription: may the application call the API?",
  scope: "Scope: does the token hold every scope?",
  domain: "Domain: may the token be used from this domain?",
  address: "Address: may the token be used from this address?",
};

/** Shows `explained` in `section`, and moves the focus to its heading. */
export function show(section: HTMLElement, explained: Explained): void {
  const heading = element("h2", verdict(explained), { id: "outcome", tabindex: "-1" });
  const change = explained.steps.find((step) => step.change)?.change;
  const summary = element("div", [heading, element("p", prose(explained.detail))], { class: explained.outcome === "allow" ? "verdict" : "verdict denied" });
  if (change) {
    summary.append(element("p", [element("strong", "What would have to change: "), ...prose(change)]));
  }
  const steps = explained.steps.map((step) => stepItem(step, explained.outcome === "allow"));
  section.replaceChildren(summary, ...upstream(explained), element("ol", steps, { class: "steps", "aria-label": "Steps of the decision" }));
  section.hidden = false;
  heading.focus();
}

function verdict({ outcome, code, status }: Explained): string {
  return outcome === "allow" ? `Allowed: ${code}` : `Refused: ${code}, with status ${status}`;
}

function stepItem({ step, state, read, change }: Step, isAllowed: boolean): HTMLElement {
  const words = { passed: "✓ passed", failed: "✗ failed", not_reached: isAllowed ? "not needed" : "not reached" };
  const title = element("div", [element("h3", TITLES[step] ?? step), element("p", words[state], { class: "state" })], { class: "title" });
  const item = element("li", [title], { class: state });
  if (change) {
    item.append(element("p", prose(change), { class: "change" }));
  }
  if (read.length > 0) {
    item.append(facts(read));
  }
  return item;
}

/** How an allowed request is changed for the upstream. */
function upstream({ set, remove, authority }: Explained): HTMLElement[] {
  const changes = Object.entries(set ?? {}).map(([name, value]) => ({ name: `adds ${name}`, value }));
  changes.push(...(remove ?? []).map((name) => ({ name: "removes", value: name })));
  if (authority) {
    changes.push({ name: "host", value: authority });
  }
  return changes.length === 0 ? [] : [element("h3", "What the gateway changes for the upstream", { class: "upstream" }), facts(changes)];
}

function facts(read: Fact[]): HTMLElement {
  const pairs = read.flatMap(({ name, value, unverified }) => {
    const shown = element("dd", value === "" ? "(empty)" : value);
    if (unverified) {
      shown.append(element("span", "not verified", { class: "mark" }));
    }
    return [element("dt", name), shown];
  });
  return element("dl", pairs);
}

/** A sentence. What is between backticks is code. */
function prose(text: string): (string | HTMLElement)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? element("code", part) : part));
}

function element(name: string, content: string | (string | HTMLElement)[], attributes: Record<string, string> = {}): HTMLElement {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, value);
  }
  made.append(...(typeof content === "string" ? [content] : content));
  return made;
}
