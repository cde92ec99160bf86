import * as v from "valibot";
import type { Facts } from "#core/ports.ts";
import type { Application } from "#telemetry/pings.ts";
import { applicationFields } from "#telemetry/fields.ts";
import { browser } from "./webext.ts";

// What a browser tells any extension about itself.

const readers: Readonly<Record<string, () => unknown>> = {
  locale: () => browser.i18n.getUILanguage(),
  version: async () => (await identity()).version,
  formFactor: () => "desktop",
  os: async () => {
    const { os } = await browser.runtime.getPlatformInfo();
    return {
      name: osNames[os] ?? os,
      isWindows: os === "win",
      isMac: os === "mac",
      isLinux: os === "linux",
      version: null,
    };
  },
  sessionStart,
  extensionStart: sessionStart,
};

/** The names that Firefox's own facts use. */
const osNames: Readonly<Record<string, string>> = {
  linux: "Linux",
  mac: "Darwin",
  win: "Windows_NT",
};

const startKey = "session_start";

/**
 * When the extension first ran in this session of the browser, in milliseconds since 1970. Session
 * storage is emptied when the browser ends and when the extension is reloaded, updated or disabled.
 */
async function sessionStart(): Promise<number> {
  const { [startKey]: known } = await browser.storage.session.get(startKey);
  if (typeof known === "number") return known;
  const now = Date.now();
  await browser.storage.session.set({ [startKey]: now });
  return now;
}

/** What an extension without privileges can tell. */
export function createPlainFacts(): Facts {
  return {
    names: Object.keys(readers),
    read: (name) => (Object.hasOwn(readers, name) ? readers[name]?.() : undefined),
    application,
    async system() {
      const { os } = await browser.runtime.getPlatformInfo();
      return {
        locale: browser.i18n.getUILanguage(),
        osName: osNames[os] ?? os,
        osVersion: "",
      };
    },
  };
}

async function application(): Promise<Application> {
  const [{ arch }, { name, version, vendor, buildId }] = await Promise.all([
    browser.runtime.getPlatformInfo(),
    identity(),
  ]);
  return {
    architecture: arch,
    buildId,
    name,
    version,
    displayVersion: version,
    vendor,
    platformVersion: version,
    xpcomAbi: "",
    channel: "",
  };
}

interface Identity {
  readonly name: string;
  readonly version: string;
  readonly vendor: string;
  readonly buildId: string;
}

const versionList = v.object({
  fullVersionList: v.array(v.object({ brand: v.string(), version: v.string() })),
});

/** Firefox tells by an API of its own; Chromium's kin by the list of brands that web pages get, too. */
async function identity(): Promise<Identity> {
  const { runtime } = browser;
  if ("getBrowserInfo" in runtime) {
    const { name, version, vendor, buildID: buildId } = await runtime.getBrowserInfo();
    return { name, version, vendor, buildId };
  }
  const data: unknown = Reflect.get(navigator, "userAgentData");
  const told = tellsVersions(data) ? await data.getHighEntropyValues(["fullVersionList"]) : {};
  const read = v.safeParse(versionList, told);
  return brandOf(read.success ? read.output.fullVersionList : []);
}

function tellsVersions(data: unknown): data is {
  getHighEntropyValues(hints: readonly string[]): Promise<unknown>;
} {
  return typeof data === "object" && data !== null && "getHighEntropyValues" in data;
}

/** The product's own brand stands beside that of Chromium, and beside one that is made up. */
function brandOf(list: readonly { readonly brand: string; readonly version: string }[]): Identity {
  const real = list.filter(
    ({ brand }) => applicationFields.name.pattern.test(brand) && !/^Not.A.Brand$/u.test(brand),
  );
  const { brand = "Chromium", version = "0" } =
    real.find((one) => one.brand !== "Chromium") ?? real[0] ?? {};
  return { name: brand, version, vendor: "", buildId: "" };
}
