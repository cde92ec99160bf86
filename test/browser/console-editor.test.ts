import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arrival, type ConsoleScene, openConsoleScene } from "#kit/console-scene.ts";
import { type Firefox, launchFirefox } from "#kit/firefox.ts";
import { tabTo, text, until, violations } from "#kit/page-checks.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

// Writing a recipe as somebody does who has never done it, in a real Firefox.

let scene: ConsoleScene;
let firefox: Firefox;
let tab: Tab;

beforeAll(async () => {
  scene = await openConsoleScene();
  firefox = await launchFirefox();
  tab = await firefox.openTab(`${scene.url}/`);
  await arrival(tab, "/console/sign-in/");
  await scene.signIn(tab, "bob");
});
afterAll(async () => {
  await firefox.close();
  await scene[Symbol.asyncDispose]();
});

describe("a newcomer in the console", () => {
  test("writes a study with three branches and a compound filter, from an empty form to a draft", async () => {
    await click("a.button", "New recipe");
    await arrival(tab, newPath);
    await click("a", "preference-study");
    await arrival(tab, newPath, study);
    expect(await violations(tab)).toEqual([]);

    await fillIn({
      "/name": "Three lengths",
      "/arguments/slug": "three-lengths",
      "/arguments/userFacingName": "Three lengths",
      "/arguments/userFacingDescription": "Tries three lengths of the list of suggestions.",
    });
    await press("add /arguments/branches");
    await press("add /arguments/branches");
    for (const [index, slug] of ["five", "six", "seven"].entries()) {
      const branch = `/arguments/branches/${String(index)}`;
      await press(`add ${branch}/preferences`);
      await fillIn({
        [`${branch}/slug`]: slug,
        [`${branch}/ratio`]: index === 0 ? "2" : "1",
        [`${branch}/preferences/0/=`]: "browser.urlbar.maxRichResults",
        [`${branch}/preferences/0/preferenceType`]: "integer",
        [`${branch}/preferences/0/preferenceValue/text`]: String(5 + index),
      });
    }
    await fillIn({ "new /filter_object": "or" });
    await press("add /filter_object");
    for (const [type, member] of [
      ["locale", "/locales"],
      ["negate", ""],
    ] as const) {
      await fillIn({ "new /filter_object/0/subfilters": type });
      await press("add /filter_object/0/subfilters");
      if (member !== "") await fillIn({ [`/filter_object/0/subfilters/0${member}`]: "de\nfr" });
    }
    await press("check");
    // What is negated is not said yet.
    expect(await tab.run(text("[role=alert]"))).toContain("filter_to_negate");
    expect(await violations(tab)).toEqual([]);
    const inner = "/filter_object/0/subfilters/1/filter_to_negate";
    await fillIn({ [`new ${inner}`]: "channel" });
    await press(`add ${inner}`);
    await fillIn({ [`${inner}/0/channels`]: "nightly" });
    await press("preview");
    expect(await tab.run(text("#preview"))).toContain("three-lengths");
    expect(await tab.run(text(".filter"))).toBe(
      '((env.locale in ["de", "fr"]) || (!(env.channel in ["nightly"])))',
    );
    expect(await tab.run(text("figure"))).toContain("five 50 %, six 25 %, seven 25 %");
    for (const scheme of [0, 1]) {
      await firefox.setPref("layout.css.prefers-color-scheme.content-override", scheme);
      expect(await violations(tab)).toEqual([]);
    }

    await press("save", "");
    await arrival(tab, "/console/recipes/1/", "?done=save");
    expect(await tab.run(text("[role=status]"))).toContain("Saved as a draft");
    await click("a.button", "Edit");
    await arrival(tab, "/console/recipes/1/edit/");
    expect(await valueOf("/arguments/branches/2/slug")).toBe("seven");
  });

  test("is told of a filter as it is typed, and offered words that go on", async () => {
    await click("a", "Recipes");
    await arrival(tab, "/console/");
    await click("a.button", "New recipe");
    await arrival(tab, newPath);
    await click("a", "console-log");
    await arrival(tab, newPath, "?action=console-log");
    await tabTo(tab, /^Filter expression/u);
    await tab.press(...Array.from("env.loc"));
    await tab.run(until(`!document.querySelector("[role=listbox]").hidden`));
    expect(await violations(tab)).toEqual([]);
    await tab.press("Enter");
    expect(await valueOf("/extra_filter_expression")).toBe("env.locale");
    await tab.run(until(`document.querySelector("output").textContent === "It can be read."`));
    await tab.press(...Array.from(" = 3"));
    await tab.run(until(`document.querySelector("output").textContent.includes("character 12")`));
  });
});

const newPath = "/console/recipes/new/";
const study = "?action=preference-study";

/** Types into fields, by their names. */
async function fillIn(values: Readonly<Record<string, string>>): Promise<void> {
  await tab.run(
    `(values) => {
      for (const [name, value] of Object.entries(values))
        document.querySelector("form.recipe").elements.namedItem(name).value = value;
    }`,
    values,
  );
}

async function valueOf(name: string): Promise<unknown> {
  return tab.run(
    `(name) => document.querySelector("form.recipe").elements.namedItem(name).value`,
    name,
  );
}

/** Presses a button of the form, and waits for the page that comes of it. */
async function press(button: string, query: string | undefined = study): Promise<void> {
  await tab.run(
    `(value) => {
      globalThis.isLeft = true;
      [...document.querySelectorAll("button")].findLast((one) => one.value === value).click();
    }`,
    button,
  );
  if (query !== "") await arrival(tab, newPath, query);
}

async function click(selector: string, words: string): Promise<void> {
  await tab.run(
    `(selector, words) => {
      globalThis.isLeft = true;
      [...document.querySelectorAll(selector)].find((one) => one.textContent === words).click();
    }`,
    selector,
    words,
  );
}
