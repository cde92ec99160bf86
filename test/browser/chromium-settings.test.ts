import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { type Chromium, type ChromiumPage, launchChromium } from "#kit/chromium.ts";
import {
  buildSettingsProbe,
  contractApis,
  contractTable,
  contractWords,
  engineFromAfar,
} from "#kit/settings-contract.ts";
import { preferencesSuite } from "../contract/ports/preferences-suite.ts";

// What the core counts on in any engine, on the settings of a real Chromium.

describe("in a real Chromium,", () => {
  let dir: string;
  let chromium: Chromium;
  let page: ChromiumPage;
  let isPersons = false;

  const start = async (table: ReturnType<typeof contractTable>): Promise<void> => {
    page = await chromium.openPage("probe.html");
    await page.run(`(table) => probe.start(table)`, table);
  };
  /** What Chromium's own pages write. It keeps this one setting on none of them. */
  const setByPerson = async (word: string | undefined): Promise<void> => {
    isPersons = word !== undefined;
    await chromium.editProfile((preferences) => {
      preferences["webrtc"] = word === undefined ? {} : { ip_handling_policy: word };
    });
  };

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), "mulberry-probe-"));
    await buildSettingsProbe(dir, { browser: "chromium" });
    chromium = await launchChromium(dir);
  });
  afterAll(async () => {
    await chromium.close();
    await rm(dir, { recursive: true, force: true });
  });

  preferencesSuite(
    async (builtIn) => {
      if (isPersons) await setByPerson(undefined);
      await start(contractTable(builtIn));
      await page.run(`(apis) => probe.forget(apis)`, contractApis);
      await start(contractTable(builtIn));
      return {
        engine: engineFromAfar((source, ...args) => page.run(source, ...args)),
        async setByPerson(_name, value) {
          await setByPerson(value === null ? undefined : contractWords[value as 3]);
          await start(contractTable(builtIn));
        },
        async restart(defaults) {
          await chromium.restart();
          await start(contractTable(defaults));
        },
      };
    },
    { hearsThePerson: false },
  );
});
