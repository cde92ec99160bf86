import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { type Firefox, launchFirefox } from "#kit/firefox.ts";
import {
  buildSettingsProbe,
  contractApis,
  contractTable,
  engineFromAfar,
} from "#kit/settings-contract.ts";
import type { Tab } from "#tools/firefox-bidi.ts";
import { preferencesSuite } from "../contract/ports/preferences-suite.ts";

// What the core counts on in any engine, on the settings of a Firefox without our privileged APIs.

/** What the suite's value 3 is made of. */
const third = ["default_address_only", "no_host", "proxy_only_if_behind_proxy"].map(
  (name) => `media.peerconnection.ice.${name}`,
);

describe("in a real Firefox without privileged APIs,", () => {
  let dir: string;
  let firefox: Firefox;
  let page: Tab;

  const start = async (table: ReturnType<typeof contractTable>): Promise<void> => {
    page = await firefox.openPage("probe.html");
    await page.run(`(table) => probe.start(table)`, table);
  };
  const setByPerson = async (isThird: boolean): Promise<void> => {
    for (const name of third) await firefox.setPref(name, isThird ? true : null);
  };

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), "mulberry-probe-"));
    await buildSettingsProbe(dir, { browser: "firefox", release: true });
    firefox = await launchFirefox({ permanentDir: dir });
  });
  afterAll(async () => {
    await firefox.close();
    await rm(dir, { recursive: true, force: true });
  });

  preferencesSuite(
    async (builtIn) => {
      await start(contractTable(builtIn));
      await page.run(`(apis) => probe.forget(apis)`, contractApis);
      await setByPerson(false);
      await start(contractTable(builtIn));
      return {
        engine: engineFromAfar((source, ...args) => page.run(source, ...args)),
        setByPerson: (_name, value) => setByPerson(value === 3),
        async restart(defaults) {
          await firefox.restart();
          await start(contractTable(defaults));
        },
      };
    },
    { hearsThePerson: false },
  );
});
