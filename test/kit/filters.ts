// Filters and a client as Normandy's own look like, made from a seed.

/** Numbers from 0 up to, not including, 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const environment = {
  userId: "deadbeef-dead-4eef-8eef-deadbeefcafe",
  country: "DE",
  request_time: "2026-11-22T10:00:00.000Z",
  version: "153.0.1",
  channel: "release",
  locale: "en-US",
  isFirstRun: false,
  isDefaultBrowser: true,
  searchEngine: "google",
  syncSetup: true,
  syncDesktopDevices: 2,
  doNotTrack: false,
  distribution: "default",
  os: {
    isWindows: false,
    isMac: false,
    isLinux: true,
    windowsVersion: null,
    windowsBuildNumber: null,
  },
  addons: {
    "one@example.com": { id: "one@example.com", isActive: true, version: "1.2" },
    "two@example.com": { id: "two@example.com", isActive: false, version: "3" },
  },
  experiments: { all: ["a", "b"], active: ["a"], expired: ["b"] },
  telemetry: { main: { environment: { profile: { creationDate: 17_000 } } } },
};

/** A context as Firefox's evaluator takes it. */
export const aContext = { env: environment, normandy: environment };

/** Distinct filters in the shapes that Normandy's filter objects give. */
export function someFilters(count: number, seed: number): readonly string[] {
  const random = randomOf(seed);
  const filters = new Set<string>();
  while (filters.size < count) {
    const parts = Array.from({ length: 1 + below(random, 4) }, () => aPart(random));
    filters.add(
      parts.length === 1 ? parts.join("") : parts.map((part) => `(${part})`).join(" && "),
    );
  }
  return [...filters];
}

function aPart(random: () => number): string {
  const some = (...choices: string[]) => choices[below(random, choices.length)] ?? "";
  const number = (limit: number) => String(below(random, limit));
  const shapes: readonly (() => string)[] = [
    () => `normandy.channel in ["${some("release", "esr")}","${some("beta", "nightly")}"]`,
    () => `normandy.locale in ["${some("en-US", "de", "fr")}","${some("it", "ja", "en-GB")}"]`,
    () => `normandy.country in ["${some("US", "DE", "FR")}"]`,
    () => some("normandy.os.isMac||normandy.os.isLinux", "normandy.os.isWindows"),
    () =>
      `(env.version|versionCompare("${number(160)}.!")>=0)&&(env.version|versionCompare("${number(160)}.*")<0)`,
    () =>
      `(normandy.request_time>="20${String(20 + below(random, 9))}-01-01"|date)&&(normandy.request_time<"20${String(20 + below(random, 9))}-06-01"|date)`,
    () =>
      `(!normandy.telemetry.main)||(normandy.telemetry.main.environment.profile.creationDate>${number(20_000)})`,
    () =>
      `[normandy.userId,"global-v${number(9)}"]|bucketSample(${number(10_000)},${number(5_000)},10000)`,
    () => `[normandy.userId,${number(1_000)}]|stableSample(0.${number(100)})`,
    () => `'extension.setting${number(50)}'|preferenceValue == ${some("true", "5", '"x"')}`,
    () => `!('extension.setting${number(50)}'|preferenceExists)`,
    () => `'extension.setting${number(50)}'|preferenceIsUserSet`,
    () => `normandy.addons["${some("one", "two", "three")}@example.com"]`,
    () => `normandy.addons["${some("one", "two")}@example.com"].isActive`,
    () => `(normandy.os.isWindows && normandy.os.windowsBuildNumber >= ${number(20_000)})`,
    () => `(normandy.os.isWindows && normandy.os.windowsVersion in [6.1, 10.${number(3)}])`,
    () => `!(env.isFirstRun) && env.syncDesktopDevices > ${number(4)}`,
    () => `"${some("a", "b", "c")}" in env.experiments.active`,
  ];
  return shapes[below(random, shapes.length)]?.() ?? "true";
}

/** A whole number from 0 up to, not including, `limit`. */
export function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}
