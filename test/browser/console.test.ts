import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arrival, type ConsoleScene, fill, openConsoleScene } from "#kit/console-scene.ts";
import { type Firefox, launchFirefox } from "#kit/firefox.ts";
import { hostileTexts } from "#kit/hostile-texts.ts";
import { tabTo, text, violations } from "#kit/page-checks.ts";
import { aMainPing } from "#kit/pings.ts";
import { aPreferenceStudy } from "#kit/recipes.ts";
import { textLiteral } from "#recipes/filter-text.ts";
import { connectionOf, type Tab } from "#tools/firefox-bidi.ts";

// The console as people see it, in a real Firefox.

/** Runs in every page before anything of its own: notes what its policy refused, and every dialog. */
const watcher = `() => {
  globalThis.refused = [];
  globalThis.ran = 0;
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    refused.push(violatedDirective + " " + blockedURI);
  });
  for (const name of ["alert", "confirm", "prompt"]) globalThis[name] = () => { ran = name; };
}`;
/** What a page has that none of ours has, and what came of it. */
const intruders = `() => ({
  ran: globalThis.ran,
  refused: globalThis.refused,
  elements: [...document.querySelectorAll("main :is(script, iframe, object, embed, img, style, base, link, meta, video, audio, marquee, template), [onerror], [onload], [onfocus], [onmouseover], [href^=javascript]")].map((element) => element.localName + " " + element.getAttributeNames().join(" ")),
})`;
const nothing = { ran: 0, refused: [], elements: [] };

let scene: ConsoleScene;
let firefox: Firefox;
let asked: number;
let tab: Tab;

beforeAll(async () => {
  scene = await openConsoleScene();
  asked = await fill(scene, Date.now());
  await tellOfFailure();
  firefox = await launchFirefox();
  await connectionOf(firefox.browser).send("script.addPreloadScript", {
    functionDeclaration: watcher,
  });
  tab = await firefox.openTab(`${scene.url}/`);
  await arrival(tab, "/console/sign-in/");
  await scene.signIn(tab, "cleo");
});
afterAll(async () => {
  await firefox.close();
  await scene[Symbol.asyncDispose]();
});

/** Lets a browser tell the server that a ping could not be sent. */
async function tellOfFailure(): Promise<void> {
  const ping = aMainPing({ log: [["TELEMETRY_SEND_FAILURE", 1, "errorhandler", "timeout"]] });
  const { name, version, channel, buildId } = ping.application;
  const path = ["submit/telemetry", ping.id, "main", name, version, channel, buildId].join("/");
  const answer = await fetch(`${scene.url}/${path}`, {
    method: "POST",
    body: JSON.stringify(ping),
  });
  expect(await answer.text()).toBe("");
}

describe("the console in Firefox", () => {
  test("leads from the server's address to the list, by way of the sign-in", async () => {
    expect(await tab.run(text("h1"))).toBe("Recipes");
    expect(await tab.run(text(".who"))).toContain("cleo");
  });

  test.each(["light", "dark"] as const)(
    "is clear to everybody, %s as it may be",
    async (scheme) => {
      const preference = { dark: 0, light: 1 }[scheme];
      await firefox.setPref("layout.css.prefers-color-scheme.content-override", preference);
      for (const path of [
        "/console/",
        "/console/?q=nowhere",
        `/console/recipes/${String(asked)}/`,
        "/console/recipes/1/?done=approve",
        "/console/recipes/2/revisions/2/",
        "/console/recipes/999/",
        "/console/audit/",
        "/console/sign-in/",
        "/console/reports/send-failures/",
        "/console/reports/send-failures/?channel=nobody",
      ]) {
        await goTo(path);
        await tab.run(`() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      }`);
        expect(await violations(tab), `${path}, ${scheme}`).toEqual([]);
      }
    },
  );

  test("asks nothing of its own policy that this would refuse", async () => {
    for (const path of ["/console/", `/console/recipes/${String(asked)}/`, "/console/sign-in/"]) {
      await goTo(path);
      expect(await tab.run(`() => globalThis.refused`), path).toEqual([]);
    }
  });

  test("is searched, walked through and decided in by keys alone", async () => {
    await goTo("/console/?view=waiting");
    await tab.press("/");
    expect(await tab.run(`() => document.activeElement.id`)).toBe("q");
    await tab.press("e", "a", "r", "l", "y", "Enter");
    await arrival(tab, "/console/", "?view=waiting&q=early");
    await tab.press("j", "Enter");
    await arrival(tab, `/console/recipes/${String(asked)}/`);
    await tabTo(tab, /^Approve/u);
    await tab.press("Enter");
    await arrival(tab, `/console/recipes/${String(asked)}/`, "?done=approve");
    expect(await tab.run(text("[role=status]"))).toBe("Approved: it is live.");
    expect(await tab.run(text(".chip"))).toBe("Live at 10 %");
  });

  test("is small, and there at once", async () => {
    for (const path of ["/console/", `/console/recipes/${String(asked)}/`]) {
      await goTo(path);
      const seen = (await tab.run(`() => {
        const [page] = performance.getEntriesByType("navigation");
        const loaded = performance.getEntriesByType("resource");
        const [paint] = performance.getEntriesByName("first-contentful-paint");
        const bytes = [page, ...loaded].reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0);
        return { bytes, paintMs: Math.round(paint?.startTime ?? -1) };
      }`)) as { readonly bytes: number; readonly paintMs: number };
      console.log(`${path}: ${String(seen.bytes)} bytes, first paint ${String(seen.paintMs)} ms`);
      expect(seen.bytes).toBeLessThan(100_000);
    }
  });

  test("takes no text for anything else, whatever it says and wherever it stands", async () => {
    const ids = [];
    for (const hostile of hostileTexts) ids.push(await writeHostile(hostile));
    for (const [index, hostile] of hostileTexts.entries()) {
      const page = `/console/recipes/${String(ids[index]?.id)}/`;
      const query = new URLSearchParams({ q: hostile, view: hostile, next: hostile }).toString();
      for (const path of [
        page,
        `${page}edit/`,
        `${page}revisions/${String(ids[index]?.revision)}/`,
        `/console/?${query}`,
        `/console/sign-in/?${query}`,
        `/console/reports/send-failures/?${new URLSearchParams({ channel: hostile }).toString()}`,
      ]) {
        await goTo(path);
        expect(await tab.run(intruders), `${hostile} at ${path}`).toEqual(nothing);
      }
      await goTo(page);
      expect(await tab.run(`() => document.querySelector("h1").textContent`)).toBe(hostile);
    }
    for (const path of ["/console/?page=1", "/console/?page=2", "/console/audit/"]) {
      await goTo(path);
      expect(await tab.run(intruders)).toEqual(nothing);
    }
  }, 300_000);
});

/** Goes to an address of the console in the tab that is open. */
async function goTo(path: string): Promise<void> {
  await tab.run(
    `(path) => {
      globalThis.isLeft = true;
      location.assign(path);
    }`,
    path,
  );
  const [pathname = "", query] = path.split("?");
  await arrival(tab, pathname, query === undefined ? "" : `?${query}`);
}

/** A study in which every text that an author may choose is this one, which was asked for and rejected with it. */
async function writeHostile(
  hostile: string,
): Promise<{ readonly id: number; readonly revision: number }> {
  const quoted = textLiteral(hostile);
  const study = aPreferenceStudy({
    name: hostile,
    arguments: {
      slug: `hostile-${String((count += 1))}`,
      userFacingName: hostile,
      userFacingDescription: hostile,
      experimentDocumentUrl: hostile,
      branches: [
        {
          slug: "all",
          ratio: 1,
          preferences: {
            "test.hostile": {
              preferenceType: "string",
              preferenceBranchType: "default",
              preferenceValue: hostile,
            },
          },
        },
      ],
    },
  });
  const filter_expression = `env.locale == ${quoted} && [${quoted}, env.userId]|bucketSample(0, 1, 2)`;
  const { id, revision, request } = await scene.request({
    ...study,
    filter_expression,
    comment: hostile,
  });
  await scene.reject(request, hostile);
  return { id, revision };
}
let count = 0;
