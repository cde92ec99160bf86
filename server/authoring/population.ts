import { createHash } from "node:crypto";
import type { SyntheticClient } from "#core/paper.ts";

// Browsers on paper. The proportions are rough and made up: a simulation shows what a filter and
// the branches' ratios do, and where recipes are in each other's way, not how many people there are.

type SystemFacts = Readonly<Record<string, unknown>>;
type Weighted<T> = readonly (readonly [value: T, weight: number])[];

const countries: Weighted<string | null> = [
  ["US", 22],
  ["DE", 14],
  ["FR", 8],
  ["CN", 7],
  ["RU", 6],
  ["GB", 5],
  ["IN", 5],
  ["BR", 4],
  ["PL", 4],
  ["IT", 4],
  ["ES", 3],
  ["JP", 3],
  ["CA", 3],
  ["NL", 2],
  [null, 10],
];
const locales: Weighted<string> = [
  ["en-US", 45],
  ["de", 14],
  ["fr", 8],
  ["zh-CN", 7],
  ["ru", 6],
  ["es-ES", 5],
  ["en-GB", 5],
  ["pl", 4],
  ["it", 3],
  ["pt-BR", 3],
];
const channels: Weighted<{ readonly channel: string; readonly version: string }> = [
  [{ channel: "release", version: "156.0.1" }, 60],
  [{ channel: "release", version: "155.0.4" }, 12],
  [{ channel: "esr", version: "153.4.0esr" }, 18],
  [{ channel: "beta", version: "157.0" }, 7],
  [{ channel: "nightly", version: "158.0a1" }, 3],
];
const systems: Weighted<SystemFacts> = [
  [windows(10, 19_045), 35],
  [windows(10, 22_631), 35],
  [system({ isMac: true, name: "Darwin", version: "24.1.0", macVersion: 15 }), 12],
  [system({ isLinux: true, name: "Linux", version: "6.12.0" }), 18],
];
const engines: Weighted<string> = [
  ["google", 70],
  ["ddg", 12],
  ["bing", 12],
  ["other", 6],
];

/**
 * One synthetic browser; the same for the same seed and number, whatever the others are.
 *
 * @param nowMs - what its profile's age counts from
 */
export function syntheticClient(seed: string, number: number, nowMs: number): SyntheticClient {
  const random = randomOf(`${seed}/${String(number)}`);
  const { channel, version } = pick(channels, random());
  const country = pick(countries, random());
  const os = pick(systems, random());
  const locale = pick(locales, random());
  const devices = random() < 0.3 ? 1 + Math.floor(random() * 3) : 0;
  const profileDays = Math.floor(nowMs / 86_400_000) - Math.floor(2_000 * random());
  return {
    userId: uuidOf(`${seed}/${String(number)}`),
    facts: {
      country,
      region: country ?? undefined,
      request_time: new Date(nowMs).toISOString(),
      locale,
      channel,
      version,
      os,
      distribution: random() < 0.03 ? "partner" : "default",
      formFactor: "desktop",
      isDefaultBrowser: random() < 0.5,
      searchEngine: pick(engines, random()),
      syncSetup: devices > 0,
      syncDesktopDevices: devices,
      syncMobileDevices: 0,
      syncTotalDevices: devices,
      addons: {},
      plugins: {},
      doNotTrack: random() < 0.1,
      attribution: {},
      appinfo: { name: "Firefox", vendor: "Mozilla", version, OS: os["name"] },
      telemetry: { main: { environment: { profile: { creationDate: profileDays } } } },
      liveTelemetry: { main: {} },
    },
  };
}

function windows(windowsVersion: number, windowsBuildNumber: number): SystemFacts {
  const version = `${String(windowsVersion)}.0`;
  return system({
    isWindows: true,
    name: "Windows_NT",
    version,
    windowsVersion,
    windowsBuildNumber,
  });
}

function system(known: Readonly<Record<string, unknown>>): SystemFacts {
  return {
    isWindows: false,
    isMac: false,
    isLinux: false,
    windowsVersion: null,
    windowsBuildNumber: null,
    windowsUBR: null,
    macVersion: null,
    darwinVersion: null,
    ...known,
  };
}

function pick<T>(choices: Weighted<T>, share: number): T {
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
  let left = share * total;
  for (const [value, weight] of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  throw new RangeError("nothing to pick from");
}

/** Numbers from 0 up to, not including, 1: SHA-256 of a counter, so that no two streams are alike. */
function randomOf(stream: string): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    const hash = createHash("sha256")
      .update(`${stream}/${String(drawn)}`)
      .digest();
    return hash.readUIntBE(0, 6) / 2 ** 48;
  };
}

/** A version-4 UUID out of a hash. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(`id/${text}`).digest("hex");
  const variant = "89ab"[Number.parseInt(hex.charAt(16), 16) % 4] ?? "8";
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
