import type { Output } from "./bridge.js";

const ALGORITHMS = {
  ES256: { key: { name: "ECDSA", namedCurve: "P-256" }, signature: { name: "ECDSA", hash: "SHA-256" } },
  RS256: { key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, signature: { name: "RSASSA-PKCS1-v1_5" } },
} as const;

/** How many imported keys are kept. */
const MAX_KEYS = 64;

/** Verifies signatures with the host's cryptography, and keeps the keys that it has imported. */
export class Signatures {
  readonly #keys = new Map<number, Promise<CryptoKey>>();

  /** Verifies the signature that `output` asks for. Returns the number of its key, and whether it is valid. */
  async verify(output: Output, der: (key: number) => Uint8Array<ArrayBuffer>): Promise<[number, boolean]> {
    const number = output.number();
    const algorithm = ALGORITHMS[output.text() as keyof typeof ALGORITHMS];
    const [message, signature] = [output.bytes(), output.bytes()];
    try {
      const key = await this.#key(number, () => crypto.subtle.importKey("spki", der(number), algorithm.key, false, ["verify"]));
      return [number, await crypto.subtle.verify(algorithm.signature, key, signature, message)];
    } catch {
      // A key that the host does not take verifies nothing.
      this.#keys.delete(number);
      return [number, false];
    }
  }

  #key(number: number, load: () => Promise<CryptoKey>): Promise<CryptoKey> {
    let key = this.#keys.get(number);
    if (!key) {
      if (this.#keys.size === MAX_KEYS) {
        this.#keys.clear();
      }
      key = load();
      this.#keys.set(number, key);
    }
    return key;
  }
}
