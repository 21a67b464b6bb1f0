import type { Output } from "./bridge.js";

/** Verifies signatures with one public key. */
export type Verify = (message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>) => boolean | Promise<boolean>;

/** Imports a public key, a DER `SubjectPublicKeyInfo`, for an algorithm. Throws if the host does not take it. */
export type ImportKey = (algorithm: "ES256" | "RS256", key: Uint8Array<ArrayBuffer>) => Verify | Promise<Verify>;

const ALGORITHMS = {
  ES256: { key: { name: "ECDSA", namedCurve: "P-256" }, signature: { name: "ECDSA", hash: "SHA-256" } },
  RS256: { key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, signature: { name: "RSASSA-PKCS1-v1_5" } },
} as const;

/** Imports a key into the Web Cryptography API, which every host has. */
export const importIntoWebCrypto: ImportKey = async (algorithm, der) => {
  const { key, signature: verification } = ALGORITHMS[algorithm];
  const imported = await crypto.subtle.importKey("spki", der, key, false, ["verify"]);
  return (message, signature) => crypto.subtle.verify(verification, imported, signature, message);
};

/** How many imported keys are kept. */
const MAX_KEYS = 64;

/** Verifies signatures with the host's cryptography, and keeps the keys that it has imported. */
export class Signatures {
  readonly #importKey: ImportKey;
  readonly #keys = new Map<number, Verify>();

  constructor(importKey: ImportKey) {
    this.#importKey = importKey;
  }

  /** Verifies the signature that `output` asks for. Returns the number of its key, and whether it is valid. */
  async verify(output: Output, der: (key: number) => Uint8Array<ArrayBuffer>): Promise<[number, boolean]> {
    const number = output.number();
    const algorithm = output.text() as "ES256" | "RS256";
    const [message, signature] = [output.bytes(), output.bytes()];
    try {
      let key = this.#keys.get(number);
      if (!key) {
        key = await this.#importKey(algorithm, der(number));
        if (this.#keys.size === MAX_KEYS) {
          this.#keys.clear();
        }
        this.#keys.set(number, key);
      }
      return [number, await key(message, signature)];
    } catch {
      // A key that the host does not take verifies nothing.
      return [number, false];
    }
  }
}
