import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { ensureNginx } from "./nginx.ts";
import { add, checks, runParts, type Sum, sentence, tellFailures, tests } from "./parts.ts";
import { ensurePostgres } from "./postgres.ts";
import { ensureBrowser } from "./system.ts";
import { vocabularyGaps, vocabularyRows, vocabularyTable } from "./vocabulary.ts";

// `npm test`: set-up, every check, then the tests in real browsers. The last line is read by other
// programs: `N passed, N failed`.

/** Where tests in browsers note which statuses and events they produced. */
const sightings = ".cache/sightings.jsonl";

for (const ensure of [ensureNginx, ensurePostgres])
  await ensure(tell).catch((error: unknown) => {
    // Its tests are left out then, and the tally says so.
    tell(error instanceof Error ? error.message : String(error));
  });
const browserless = await runParts(checks(true), { lanes: 2 });
const sum = add(browserless, await testBrowsers());
tellFailures(sum);
console.log(sentence(sum));
process.exitCode = sum.failed === 0 ? 0 : 1;

function tell(line: string): void {
  console.log(line);
}

async function testBrowsers(): Promise<Sum> {
  try {
    const firefox = await ensureBrowser("firefox", tell);
    const chromium = await ensureBrowser("chromium", tell);
    // Under the names that puppeteer's users know: the server refuses MULBERRY_ names it has not heard of.
    const env = { FIREFOX_BINARY: firefox, CHROMIUM_BINARY: chromium, MULBERRY_FIREFOX: undefined };
    await writeFile(sightings, "");
    const sum = await runParts(
      [tests("browser", ["browser"], { ...env, SIGHTINGS: path.resolve(sightings) })],
      { lanes: 1, show: true },
    );
    return add(sum, await tellVocabulary());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1, failures: ["browser: not set up"] };
  }
}

/** Prints which test produced what; what none did counts as failed. */
async function tellVocabulary(): Promise<Sum> {
  const rows = vocabularyRows(await readFile(sightings, "utf8"));
  for (const line of vocabularyTable(rows)) console.log(line);
  const failures = vocabularyGaps(rows);
  return { passed: rows.length - failures.length, failed: failures.length, failures };
}
