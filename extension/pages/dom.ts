import { phrase, type WordKey, type Words } from "./words.ts";

type Attributes = Readonly<Record<string, string | boolean | undefined>>;
export type Child = Node | string | undefined;

/**
 * Makes an element. Strings become text, never markup.
 *
 * @param attributes - `true` sets an empty attribute, `false` and `undefined` none
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false)
      made.setAttribute(name, value === true ? "" : value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** Something spelt to the letter: names, values, identifiers. */
export function code(text: string): HTMLElement {
  return element("code", {}, text);
}

/** Says a message around nodes: `$1` is the place of the first. Its text in backticks is code. */
export function said(
  words: Words,
  key: WordKey,
  ...nodes: readonly (Node | string)[]
): readonly (Node | string)[] {
  return phrase<Node | string>(words, key, nodes, code);
}

/** A picture from the page's own sprite; says nothing to a screen reader. */
export function icon(name: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  picture.append(use);
  return picture;
}

/** @param ms - milliseconds since 1970 */
export function time(ms: number, text: string): HTMLTimeElement {
  return element("time", { datetime: new Date(ms).toISOString() }, text);
}

export function button(
  attributes: Attributes,
  label: string,
  press: () => void,
): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", () => {
    // Not `disabled`: that would take the focus away from whoever just pressed it.
    if (made.getAttribute("aria-disabled") !== "true") press();
  });
  return made;
}

/** Has the browser save a text as a file where it saves what is downloaded. */
export function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  // Kept until the page closes: a browser may read it only once the person has chosen a place.
  element("a", { href: url, download: name }).click();
}

/** Puts a text where a person pastes from. @returns whether the browser let it */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A browser may want to be asked otherwise, or not at all: the person is told.
    return false;
  }
}

/** The element of an id that the page is sure to have. */
export function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** An id for elements about a change; keys may hold what an id may not. */
export function idOf(prefix: string, key: string): string {
  return `${prefix}-${encodeURIComponent(key)}`;
}

/** One child to be shown: built anew only when `shows` differs from what stands there. */
export interface Piece {
  readonly key: string;
  /** Everything that the element is made from. */
  readonly shows: unknown;
  readonly build: () => HTMLElement;
}

const standing = new WeakMap<Node, { readonly key: string; readonly shows: string }>();

/**
 * Brings an element's children up to date. What did not change is not touched, so that whoever
 * reads, selects or types there is not disturbed; focus and open details survive a rebuild by id.
 */
export function show(parent: Element, pieces: readonly Piece[]): void {
  const old = new Map([...parent.children].map((child) => [standing.get(child)?.key, child]));
  const focused = document.activeElement?.id ?? "";
  const wanted = pieces.map(({ key, shows, build }): Element => {
    const text = JSON.stringify(shows);
    const before = old.get(key);
    if (before !== undefined && standing.get(before)?.shows === text) return before;
    const made = build();
    for (const { id } of before?.querySelectorAll("details[open][id]") ?? [])
      made.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
    standing.set(made, { key, shows: text });
    return made;
  });
  for (const child of [...parent.children]) if (!wanted.includes(child)) child.remove();
  for (const [index, child] of wanted.entries())
    if (parent.children[index] !== child)
      parent.insertBefore(child, parent.children[index] ?? null);
  if (focused !== "" && document.activeElement?.id !== focused)
    document.getElementById(focused)?.focus();
}
