import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { arrival, fill, openConsoleScene } from "#kit/console-scene.ts";
import { launchFirefox } from "#kit/firefox.ts";
import { until } from "#kit/page-checks.ts";
import { openPageLab } from "#kit/page-lab.ts";

// `npm run pictures`: the pictures of our pages in docs/images, one for each colour scheme, from the
// pages as they are built or served, over the scenes that their tests are run on.

const folder = path.join(import.meta.dirname, "../docs/images");
const schemes = { dark: 0, light: 1 } as const;
const width = 1200;
/** Of a page of the console, whose foot says what anybody can imagine. */
const mostOfConsole = 1_500;

/** The pages, each with what is folded open in its picture. */
const pages = [
  { name: "studies", opened: ["#past li:first-child details"] },
  { name: "inspector", opened: ["#recipe-5", "#recipe-14"] },
  { name: "telemetry", opened: ["#section-scalars"] },
] as const;

await mkdir(folder, { recursive: true });
const firefox = await launchFirefox();
try {
  for (const { name, opened } of pages) {
    await using lab = await openPageLab(name);
    for (const [scheme, preference] of Object.entries(schemes)) {
      await firefox.setPref("layout.css.prefers-color-scheme.content-override", preference);
      const page = await firefox.openTab(lab.url("full"));
      await page.run(until(`document.body.classList.contains("has-view")`));
      await page.resize(width, 800);
      const height = await page.run(
        `async (opened) => {
          for (const selector of opened) document.querySelector(selector).open = true;
          await Promise.all(document.getAnimations().map(({ finished }) => finished));
          return document.documentElement.scrollHeight;
        }`,
        opened,
      );
      await page.resize(width, Number(height));
      await writeFile(path.join(folder, `${name}-${scheme}.png`), await page.screenshot());
      await page.close();
    }
  }
  await using scene = await openConsoleScene();
  const asked = await fill(scene, Date.now());
  const signedIn = await firefox.openTab(`${scene.url}/`);
  await arrival(signedIn, "/console/sign-in/");
  await scene.signIn(signedIn, "cleo");
  for (const [scheme, preference] of Object.entries(schemes)) {
    await firefox.setPref("layout.css.prefers-color-scheme.content-override", preference);
    for (const [name, address] of [
      ["console-list", "/console/"],
      ["console-review", `/console/recipes/${String(asked)}/`],
    ] as const) {
      const page = await firefox.openTab(scene.url + address);
      await arrival(page, address);
      await page.resize(width, 600);
      const height = Number(await page.run("() => document.documentElement.scrollHeight"));
      await page.resize(width, Math.min(height, mostOfConsole));
      await writeFile(path.join(folder, `${name}-${scheme}.png`), await page.screenshot());
      await page.close();
    }
  }
} finally {
  await firefox.close();
}
