import * as bindings from "./gate_bg.js";
import type { DecideContext, RequestParts } from "./types.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The kinds of output. */
export const enum Kind {
  Deny = 0,
  Allow = 1,
  Verify = 2,
  Round = 3,
}

/** A result of the host: the number of a public key, and whether the signature of the request's token is that key's. */
export type KnownSignature = readonly [key: number, isValid: boolean];

/** An instance of the module. */
export class Instance {
  readonly memory: WebAssembly.Memory;

  private constructor(exports: WebAssembly.Exports) {
    this.memory = exports.memory as WebAssembly.Memory;
  }

  static async of(module: WebAssembly.Module): Promise<Instance> {
    const { exports } = await WebAssembly.instantiate(module, { "./gate_bg.js": bindings as never });
    (bindings as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void }).__wbg_set_wasm(exports);
    (exports.__wbindgen_start as (() => void) | undefined)?.();
    return new Instance(exports);
  }
}

/** A request as the module reads it. It is a copy, so what happens to the request while a decision waits does not count. */
export interface Written {
  /** The length of each part in bytes: method, path, authority, client address, and name and value of each header field. */
  lengths: number[];
  text: string;
  /** The text in bytes, if it is not ASCII. */
  bytes: Uint8Array | undefined;
}

/** Copies a request. Throws if a part is not a string: its length would shift all later parts. */
export function written(parts: RequestParts, context: DecideContext): Written {
  const all = [parts.method, parts.path, parts.authority, context.clientAddress ?? ""];
  for (const [name, value] of parts.headers) {
    all.push(name, value);
  }
  const lengths: number[] = [];
  let text = "";
  for (const part of all) {
    if (typeof part !== "string") {
      throw new TypeError("every part of a request must be a string, and `headers` a list of pairs of a name and a value");
    }
    lengths.push(part.length);
    text += part;
  }
  return isAscii(text) ? { lengths, text, bytes: undefined } : inBytes(all, text);
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

/** Each character is a byte, or the part is UTF-8 if it has a character that is none. */
function inBytes(parts: string[], text: string): Written {
  const encoded = parts.map((part) => {
    const bytes = new Uint8Array(part.length);
    for (let at = 0; at < part.length; at++) {
      const code = part.charCodeAt(at);
      if (code > 255) {
        return encoder.encode(part);
      }
      bytes[at] = code;
    }
    return bytes;
  });
  const lengths = encoded.map((part) => part.length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const part of encoded) {
    bytes.set(part, at);
    at += part.length;
  }
  return { lengths, text, bytes };
}

/** Carries requests into the module and decisions out of it, each as one block of bytes. */
export class Bridge {
  readonly #gate: bindings.Gate;
  readonly #memory: WebAssembly.Memory;
  readonly #blocks: number;
  #buffer: ArrayBufferLike | undefined;
  #words = new Uint32Array();
  #numbers = new Uint32Array();
  #text = new Uint8Array();

  readonly #refusal: Output;

  constructor(instance: Instance, configuration: string) {
    this.#memory = instance.memory;
    this.#gate = new bindings.Gate(configuration);
    this.#blocks = this.#gate.blocks() >>> 2;
    // An input without numbers is no request, so this is the refusal of a gate that cannot decide.
    this.#gate.decide(0, 0);
    this.#refusal = this.#read();
  }

  /** The refusal of a gate that cannot decide, without a call to the module. */
  refusal(): Output {
    return this.#refusal.again();
  }

  decide(request: Written, known: readonly KnownSignature[], now: number): Output {
    this.#gate.decide(this.#write(request, known), now);
    return this.#read();
  }

  cause(request: Written, now: number): Output {
    this.#gate.cause(this.#write(request, []), now);
    return this.#read();
  }

  tick(now: number): Output {
    this.#gate.tick(now);
    return this.#read();
  }

  answered(call: number, status: number, body: Uint8Array | undefined, age: number, now: number, wall: number): Output {
    this.#gate.answered(call, status, body, age, now, wall);
    return this.#read();
  }

  key(number: number): Uint8Array<ArrayBuffer> {
    return this.#gate.key(number) as Uint8Array<ArrayBuffer>;
  }

  answerLimit(call: number): number {
    return this.#gate.answer_limit(call);
  }

  age(now: number): number {
    return this.#gate.age(now);
  }

  metrics(now: number): string {
    return this.#gate.metrics(now);
  }

  free(): void {
    this.#gate.free();
  }

  /** Writes a request into the module's memory, and returns how many numbers it takes. */
  #write({ lengths, text, bytes }: Written, known: readonly KnownSignature[]): number {
    const numbers = [known.length, ...known.map(([key, isValid]) => key * 2 + (isValid ? 1 : 0)), ...lengths];
    this.#reserve(numbers.length, bytes?.length ?? text.length);
    if (bytes) {
      this.#text.set(bytes);
    } else {
      encoder.encodeInto(text, this.#text);
    }
    this.#numbers.set(numbers);
    return numbers.length;
  }

  /** Makes room in the module's memory, and renews the views when the memory has grown. */
  #reserve(numbers: number, bytes: number): void {
    if (numbers > this.#numbers.length || bytes > this.#text.length) {
      this.#gate.reserve(numbers, bytes);
      this.#buffer = undefined;
    }
    this.#renew();
  }

  #renew(): void {
    const buffer = this.#memory.buffer;
    if (this.#buffer === buffer) {
      return;
    }
    this.#buffer = buffer;
    this.#words = new Uint32Array(buffer, this.#blocks * 4, 8);
    this.#numbers = new Uint32Array(buffer, this.#words[0], this.#words[1]);
    this.#text = new Uint8Array(buffer, this.#words[2], this.#words[3]);
  }

  #read(): Output {
    this.#renew();
    const words = this.#words;
    const buffer = this.#memory.buffer;
    const numbers = new Uint32Array(buffer, words[4], words[5]);
    const bytes = new Uint8Array(buffer, words[6], words[7]);
    return new Output(numbers, bytes);
  }
}

/** Reads an output in order. It is a copy of what the module wrote, so it can be read later. */
export class Output {
  readonly kind: Kind;
  readonly #numbers: Uint32Array;
  readonly #text: string;
  /** Only for a text that is not ASCII, whose lengths are not those of its characters. */
  readonly #bytes: Uint8Array | undefined;
  #number = 1;
  #at = 0;

  constructor(numbers: Uint32Array, bytes: Uint8Array) {
    this.kind = numbers[0] as Kind;
    this.#numbers = numbers.slice();
    this.#text = decoder.decode(bytes);
    this.#bytes = this.#text.length === bytes.length && this.kind !== Kind.Verify ? undefined : bytes.slice();
  }

  /** The same output, to be read from its beginning. */
  again(): Output {
    return new Output(this.#numbers, this.#bytes ?? encoder.encode(this.#text));
  }

  number(): number {
    return this.#numbers[this.#number++] ?? 0;
  }

  /** The next part as text. */
  text(): string {
    const [from, to] = this.#next();
    return this.#bytes ? decoder.decode(this.#bytes.subarray(from, to)) : this.#text.slice(from, to);
  }

  /** The next part as bytes, each of them a character: the form that header fields have in JavaScript. */
  field(): string {
    const [from, to] = this.#next();
    const bytes = this.#bytes?.subarray(from, to);
    return bytes ? Array.from(bytes, (byte) => String.fromCharCode(byte)).join("") : this.#text.slice(from, to);
  }

  /** The next part of an output of the kind {@link Kind.Verify}. */
  bytes(): Uint8Array<ArrayBuffer> {
    const [from, to] = this.#next();
    return this.#bytes!.subarray(from, to) as Uint8Array<ArrayBuffer>;
  }

  #next(): [from: number, to: number] {
    const from = this.#at;
    this.#at += this.number();
    return [from, this.#at];
  }
}
