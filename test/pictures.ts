import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { launchFirefox } from "#kit/firefox.ts";
import { until } from "#kit/page-checks.ts";
import { openPageLab } from "#kit/page-lab.ts";

// `npm run pictures`: the pictures of our pages in docs/images, one for each colour scheme, from the
// pages as they are built, over the scenes that their tests are run on.

const folder = path.join(import.meta.dirname, "../docs/images");
const schemes = { dark: 0, light: 1 } as const;
const width = 1200;

await mkdir(folder, { recursive: true });
await using lab = await openPageLab("studies");
const firefox = await launchFirefox();
try {
  for (const [scheme, preference] of Object.entries(schemes)) {
    await firefox.setPref("layout.css.prefers-color-scheme.content-override", preference);
    const page = await firefox.openTab(lab.url("full"));
    await page.run(until(`document.querySelector("#status p")`));
    await page.run(`() => document.querySelector("#past details").setAttribute("open", "")`);
    await page.resize(width, 800);
    const height = await page.run(`() => document.documentElement.scrollHeight`);
    await page.resize(width, Number(height));
    await writeFile(path.join(folder, `studies-${scheme}.png`), await page.screenshot());
    await page.close();
  }
} finally {
  await firefox.close();
}
