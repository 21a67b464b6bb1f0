import { Answers, noAnswer, type Answer, type IssuerRequest } from "./answers.js";
import { Kind, type Bridge, type Output } from "./bridge.js";
import type { DecideContext } from "./types.js";

/** How often a gate that follows in the background checks what is due, in milliseconds. */
const TICK = 50;

/** How long a request waits for an answer of the issuer, in milliseconds. */
const PATIENCE = 5_000;

/**
 * Added to the host's monotonic clock, which begins with the program: a stored answer can be older than the program. More than the longest
 * time for which an answer may be used.
 */
const CLOCK_OFFSET = 1_000_000_000;

/** The monotonic time in milliseconds. */
export function monotonic(): number {
  return CLOCK_OFFSET + performance.now();
}

export interface FollowOptions {
  mode: "background" | "on-request";
  /** With `on-request`: how old the issuer's last answer may be before a request waits, in milliseconds. */
  maxAge: number;
  answers: Answers;
  /** The Unix time in seconds. */
  unixTime: () => number;
  log: (level: "warn" | "error", message: string) => void;
}

/** Keeps a gate up to date: carries out what the follower in the module asks for. */
export class Follow {
  readonly #bridge: Bridge;
  readonly #options: FollowOptions;
  /** The requests that are not answered yet, and when each must be. */
  readonly #open = new Map<number, number>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #isStopped = false;
  /** Answers that are being stored. */
  #storing: Promise<unknown> = Promise.resolve();
  /** The current update, which all requests that need it share. */
  #update: Promise<void> | undefined;

  constructor(bridge: Bridge, options: FollowOptions) {
    this.#bridge = bridge;
    this.#options = options;
    if (options.mode === "background") {
      this.#timer = setInterval(() => void this.#tick(), TICK);
      // The timer alone does not keep the program running.
      (this.#timer as { unref?: () => void }).unref?.();
      void this.#tick();
    }
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#options.answers.stop();
  }

  /** Returns at once if the gate's rules are young enough for another decision; otherwise when they are, or when there is no answer. */
  current(context: DecideContext): Promise<void> | undefined {
    const age = this.#bridge.age(monotonic());
    if (this.#options.mode === "background") {
      return age < 0 ? this.#first() : undefined;
    }
    if (age >= 0 && age <= this.#options.maxAge) {
      // The next answer is asked for early, so that no request has to wait for it.
      if (age > this.#options.maxAge / 2 && context.waitUntil && !this.#update) {
        context.waitUntil(this.#begin().then(() => this.#storing));
      }
      return undefined;
    }
    const update = this.#update ?? this.#begin();
    context.waitUntil?.(update.then(() => this.#storing));
    return this.#join(update);
  }

  /** Waits for the first bundle. */
  async #first(): Promise<void> {
    const end = monotonic() + PATIENCE;
    while (this.#bridge.age(monotonic()) < 0 && monotonic() < end) {
      await pause(TICK / 5);
    }
  }

  #begin(): Promise<void> {
    const update = this.#tick().finally(() => {
      if (this.#update === update) {
        this.#update = undefined;
      }
    });
    this.#update = update;
    return update;
  }

  /**
   * Waits for an update that another request may have begun. If that request was cancelled, a host can drop its update: then this request
   * begins one itself.
   */
  async #join(update: Promise<void>): Promise<void> {
    const isInTime = await Promise.race([update.then(() => true), pause(PATIENCE).then(() => false)]);
    if (!isInTime && this.#update === update) {
      this.#update = undefined;
      await Promise.race([this.#begin(), pause(PATIENCE)]);
    }
  }

  /** Lets the follower work, and carries out its requests until there are none. Never rejects. */
  async #tick(): Promise<void> {
    try {
      this.#giveUp();
      if (!this.#isStopped) {
        await this.#carryOut(this.#bridge.tick(monotonic()));
      }
    } catch (error) {
      this.#options.log("error", `postern: following the issuer failed: ${String(error)}`);
    }
  }

  /** Tells the follower of requests that a host has dropped. */
  #giveUp(): void {
    for (const [call, due] of this.#open) {
      if (due < monotonic()) {
        this.#answered(call, noAnswer("the host has dropped the request"));
      }
    }
  }

  async #carryOut(round: Output): Promise<void> {
    const requests = this.#read(round).requests;
    await Promise.all(
      requests.map(async (request) => {
        const isWaiting = this.#isWaiting(request);
        const isAwaited = this.#options.mode === "on-request";
        this.#open.set(request.call, monotonic() + (isAwaited ? Math.min(request.timeout, PATIENCE) : request.timeout + PATIENCE));
        const answer = await this.#options.answers.get(request, isWaiting);
        if (this.#isStopped || !this.#open.has(request.call)) {
          return;
        }
        const next = this.#answered(request.call, answer);
        const { result } = this.#read(next.again());
        if (result === "failed" || result === "older" || result === "foreign") {
          this.#options.answers.refuse(request);
        } else if (answer.store) {
          const store = answer.store();
          this.#storing = Promise.all([this.#storing, store]).then(() => undefined);
        }
        await this.#carryOut(next);
      }),
    );
  }

  #isWaiting(request: IssuerRequest): boolean {
    return request.headers.some(([name]) => name === "prefer");
  }

  #answered(call: number, answer: Answer): Output {
    this.#open.delete(call);
    const output = this.#bridge.answered(call, answer.status, answer.body, answer.age, monotonic(), this.#options.unixTime());
    const { message, isError } = this.#read(output.again());
    if (message) {
      const problem = answer.problem ? ` (${answer.problem})` : "";
      this.#options.log(isError ? "error" : "warn", `postern: ${message}${problem}`);
    }
    return output;
  }

  /** The result of a round, what it has to report, and which requests to send. */
  #read(round: Output): { result: string; message: string; isError: boolean; requests: IssuerRequest[] } {
    if (round.kind !== Kind.Round) {
      return { result: "", message: "", isError: false, requests: [] };
    }
    const [result, isError, message] = [round.text(), round.number() === 1, round.text()];
    const requests = Array.from({ length: round.number() }, () => {
      const [call, timeout] = [round.number(), round.number()];
      const [origin, path] = [round.text(), round.text()];
      const headers = Array.from({ length: round.number() }, (): [string, string] => [round.text(), round.text()]);
      return { call, limit: this.#bridge.answerLimit(call), timeout, origin, path, headers };
    });
    return { result, message, isError, requests };
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
