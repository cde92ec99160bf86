import path from "node:path";
import { describe, expect, test } from "vitest";
import { sources } from "./repository.ts";

// Everything that the pages say stands in messages.json, and nothing stands there that nobody says.

interface Message {
  readonly message: string;
  readonly description?: string;
}

const files = await sources();
const locales = files
  .filter(({ path: file }) => /^extension\/_locales\/[^/]+\/messages\.json$/u.test(file))
  .map(({ path: file, text }) => ({
    locale: path.basename(path.dirname(file)),
    messages: JSON.parse(text) as Readonly<Record<string, Message>>,
  }));
const english = locales.find(({ locale }) => locale === "en")?.messages ?? {};
const code = files.filter(({ path: file }) =>
  /^extension\/(?:pages\/.*|manifest)\.ts$/u.test(file),
);
const markup = files.filter(({ path: file }) => /^extension\/pages\/.*\.html$/u.test(file));

/** Every match of a pattern's first group. */
function named(pattern: RegExp, where: typeof files): ReadonlySet<string> {
  return new Set(
    where.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, name]) => name ?? "")),
  );
}

const inMarkup = named(/data-(?:words|label)="([^"]*)"/gu, markup);
/** Whatever stands in quotes: which of it is a key the compiler knows. */
const inCode = named(/"(?:__MSG_)?([a-z0-9_]+?)(?:__)?"/gu, code);

/** `runs` of `runs_one`. */
function counted(key: string): string {
  return key.replace(/_(?:zero|one|two|few|many|other)$/u, "");
}

describe("the words of the pages", () => {
  test("are found at all", () => {
    expect(Object.keys(english).length).toBeGreaterThan(100);
    expect(inMarkup.size).toBeGreaterThan(20);
  });

  test("are there for every key that the markup names", () => {
    expect([...inMarkup].filter((key) => !Object.hasOwn(english, key))).toEqual([]);
  });

  test("are said somewhere, each of them", () => {
    const unused = Object.keys(english).filter(
      (key) => !inMarkup.has(key) && !inCode.has(key) && !inCode.has(counted(key)),
    );
    expect(unused).toEqual([]);
  });

  test("tell whoever translates them what stands in the place of a number", () => {
    for (const [key, { message, description = "" }] of Object.entries(english))
      for (const [place] of message.matchAll(/\$[1-9]/gu))
        expect(description, key).toContain(place);
  });

  test("have every substitution of the English ones in every other language", () => {
    const places = ({ message }: Message): string =>
      [...message.matchAll(/\$[1-9]/gu)].sort().join();
    for (const { locale, messages } of locales)
      for (const [key, message] of Object.entries(messages)) {
        const original = english[key] ?? english[`${counted(key)}_other`];
        expect(original, `${locale}: ${key}`).toBeDefined();
        if (original !== undefined && counted(key) === key)
          expect(places(message), `${locale}: ${key}`).toBe(places(original));
      }
  });

  test.each([
    { page: "studies.html", text: "Mulberry" },
    { page: "inspector.html", text: "" },
    { page: "telemetry.html", text: "" },
  ])("stand nowhere else: $page has no text of its own but the name", ({ page, text }) => {
    const found = markup.find(({ path: file }) => file.endsWith(`/${page}`));
    const body = (found?.text ?? "?").replace(/^[\s\S]*<body>/u, "").replaceAll(/<[^>]*>/gu, " ");
    expect(body.trim()).toBe(text);
  });
});
