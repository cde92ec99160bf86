import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deniedPreferences, isDenied, isDenyPattern } from "#recipes/denied.ts";
import { deniedNames } from "#kit/denied.ts";

/** What Firefox makes of a name: it ends at a zero, and of each character eight bits are kept. */
const asFirefoxReads = (name: string): string =>
  String.fromCharCode(...utf16(name).map((unit) => unit & 0xff)).replace(/\0.*$/su, "");
const utf16 = (text: string): readonly number[] =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));

describe("what no recipe may set", () => {
  test.each(deniedNames)("is %s", (name) => {
    expect(isDenied(name)).toBe(true);
  });

  test("is spelt as names or prefixes, each once and none within another", () => {
    expect(deniedPreferences.filter((entry) => !isDenyPattern(entry))).toEqual([]);
    const covered = deniedPreferences.filter((entry) =>
      deniedPreferences.some(
        (other) => other !== entry && other.endsWith("*") && entry.startsWith(other.slice(0, -1)),
      ),
    );
    expect(covered).toEqual([]);
    expect(new Set(deniedPreferences).size).toBe(deniedPreferences.length);
  });

  test.each([
    "app.update.auto",
    "xpinstall.signatures.required",
    "security.enterprise_roots.enabled",
    "extensions.blocklist.enabled",
    "extensions.webextensions.restrictedDomains",
    "extensions.mulberry.studies_enabled",
    "network.proxy.type",
    "network.trr.mode",
    "toolkit.telemetry.server",
    "datareporting.healthreport.uploadEnabled",
    "browser.policies.alternatePath",
    "devtools.debugger.remote-enabled",
    "remote.active-protocols",
    "app.normandy.api_url",
    "app.shield.optoutstudies.enabled",
  ])("covers what a browser is kept safe by: %s", (name) => {
    expect(isDenied(name)).toBe(true);
  });

  test.each([
    "app.updates",
    "App.update.auto",
    "apps.update.auto",
    "security",
    "securityx.a",
    "test.security.a",
    "devtools.chrome.enabled2",
    "network.prefetch-next",
    "browser.urlbar.maxRichResults",
    "extensions.formautofill.addresses.enabled",
  ])("is not what only looks like it: %s", (name) => {
    expect(isDenied(name)).toBe(false);
  });

  test.each([
    "",
    "\u0161pp.update.auto",
    "devtools.chrome.enabled\0",
    "devtools.chrome.enabled\0.more",
    " security.a",
    "test.a b",
    "test.a\n",
    "test.caf\u00e9",
  ])("is every name that is no visible ASCII: %j", (name) => {
    expect(isDenied(name)).toBe(true);
  });

  test("is whatever Firefox would read as one of its names", () => {
    const disguise = fc
      .tuple(fc.constantFrom(...deniedNames), fc.array(fc.nat({ max: 0xff })), fc.string())
      .map(([name, high, tail]) => {
        const units = utf16(name).map((unit, at) => unit + ((high[at] ?? 0) << 8));
        return `${String.fromCharCode(...units)}${tail === "" ? "" : `\0${tail}`}`;
      });
    fc.assert(
      fc.property(disguise, (name) => {
        expect(isDenied(asFirefoxReads(name))).toBe(true);
        expect(isDenied(name)).toBe(true);
      }),
    );
  });

  test("is listed in the documentation, entry by entry", async () => {
    const page = await readFile("docs/preferences.md", "utf8");
    expect(deniedPreferences.filter((entry) => !page.includes(`\`${entry}\``))).toEqual([]);
  });

  test("grows by what a build adds, and never shrinks", () => {
    expect(isDenied("signon.rememberSignons", ["signon.*"])).toBe(true);
    expect(isDenied("signon", ["signon.*"])).toBe(false);
    expect(isDenied("test.one", ["test.one"])).toBe(true);
    expect(isDenied("test.one.more", ["test.one"])).toBe(false);
    expect(isDenied("security.a", [])).toBe(true);
    expect(isDenied("extensions.formautofill.a", ["extensions.formautofill.*"])).toBe(true);
  });
});

test.each([
  ["signon.rememberSignons", true],
  ["signon.*", true],
  ["signon*", false],
  ["*", false],
  [".*", false],
  ["signon.*.more", false],
  ["signon.", false],
  ["signon..*", false],
  ["sign on", false],
  ["", false],
])("%j as a pattern: %s", (text, isOne) => {
  expect(isDenyPattern(text)).toBe(isOne);
});
