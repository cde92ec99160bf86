import type { Words } from "#extension/pages/words.ts";
import messages from "../../extension/_locales/en/messages.json" with { type: "json" };

/** The English messages, as the browser says them. */
export const words: Words = (key, ...substitutions) =>
  Object.hasOwn(messages, key)
    ? messages[key].message.replaceAll(/\$([1-9])/gu, (_, place) => {
        return substitutions[Number(place) - 1] ?? "";
      })
    : "";
