import { said } from "./dom.ts";
import type { WordKey, Words } from "./words.ts";

/**
 * Puts the words into a page whose markup names them: `data-words` is what an element says,
 * `data-label` what it is called to those who do not see it.
 */
export function fillWords(words: Words): void {
  document.documentElement.lang = words("language");
  document.documentElement.dir = words("direction");
  for (const place of document.querySelectorAll<HTMLElement>("[data-words]"))
    place.replaceChildren(...said(words, keyIn(place.dataset["words"])));
  for (const place of document.querySelectorAll<HTMLElement>("[data-label]"))
    place.setAttribute("aria-label", words(keyIn(place.dataset["label"])));
}

/** Which keys the markup names is checked by a test of the house. */
function keyIn(name: string | undefined): WordKey {
  return (name ?? "") as WordKey;
}
