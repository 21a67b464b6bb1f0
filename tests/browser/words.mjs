// The words of the issuer's pages in each language, from its catalogue of messages.

import { readFileSync } from "node:fs";

/// The texts of a language, by the ids of the messages. Only those of one line.
function textsIn(locale) {
  const file = new URL(`../../issuer/http/messages/${locale}.ftl`, import.meta.url);
  return new Map([...readFileSync(file, "utf8").matchAll(/^([a-z][\w-]*) = (.+)$/gm)].map(([, id, text]) => [id, text]));
}

/// Translates words that are given in English.
export function wordsIn(locale) {
  const [english, own] = [textsIn("en"), textsIn(locale)];
  /// The translations of every message with this English text.
  const translations = (text) => {
    const ids = [...english].filter(([, found]) => found === text).map(([id]) => id);
    if (ids.length === 0) throw new Error(`no message is "${text}"`);
    return ids.map((id) => RegExp.escape?.(own.get(id)) ?? own.get(id).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  };
  return {
    /// Matches the whole text alone.
    whole: (text) => new RegExp(`^(${translations(text).join("|")})$`),
  };
}
