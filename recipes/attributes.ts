import type { Namespace } from "./filter-context.ts";

/** What a filter may ask of a client, and what asking tells the one who reads the results. */
export interface AttributeSpec {
  readonly type: "string" | "number" | "boolean" | "date" | "object";
  /** `undefined` or `null` is an answer too: where the browser does not know, or does not say. */
  readonly optional?: true;
  readonly doc: string;
  /** What the answer says about a person. Filters are judged in the browser: none of it is sent. */
  readonly privacy: string;
}

/** Attributes of `env`, and of `normandy`, its older name. The names and types are Normandy's. */
export const attributes = {
  userId: {
    type: "string",
    doc: "The randomisation id, a UUID: what sampling is computed from.",
    privacy: "Names one profile. It leaves the browser only with a survey that says so.",
  },
  randomizationId: {
    type: "string",
    doc: "The same as `userId`.",
    privacy: "Names one profile. It leaves the browser only with a survey that says so.",
  },
  country: {
    type: "string",
    optional: true,
    doc: "Two-letter code (ISO 3166-1) that the server read off the address, or the browser's own region.",
    privacy: "Coarse place. The server forgets the address at once.",
  },
  request_time: {
    type: "date",
    optional: true,
    doc: "The server's clock when it was asked.",
    privacy: "None.",
  },
  experiments: {
    type: "object",
    doc: "Slugs of preference studies: `{all, active, expired}`, lists.",
    privacy: "What this browser has taken part in.",
  },
  studies: {
    type: "object",
    doc: "Studies by slug: `{pref, addon}`.",
    privacy: "What this browser has taken part in.",
  },
  rollouts: {
    type: "object",
    doc: "Rollouts by slug: `{pref, addon}`.",
    privacy: "What was changed in this browser.",
  },
  isFirstRun: {
    type: "boolean",
    doc: "No run has ended in this profile yet.",
    privacy: "Tells new profiles from old ones.",
  },
  distribution: {
    type: "string",
    doc: "Id of the repackaged build, `default` when it is none.",
    privacy: "May tell an organisation or a partner.",
  },
  formFactor: { type: "string", doc: "`desktop` or `phone`.", privacy: "Kind of device." },
  telemetry: {
    type: "object",
    optional: true,
    doc: "The newest stored ping of each type, by type.",
    privacy: "Everything that a ping holds.",
  },
  liveTelemetry: {
    type: "object",
    optional: true,
    doc: "`{main}`: the main ping as it would be sent now.",
    privacy: "Everything that a ping holds.",
  },
  version: {
    type: "string",
    doc: "The browser's version as shown to people, for example `153.0.1esr`.",
    privacy: "None.",
  },
  channel: {
    type: "string",
    doc: "Update channel: `release`, `esr`, `beta`, `nightly`, `default`, …",
    privacy: "None.",
  },
  isDefaultBrowser: {
    type: "boolean",
    optional: true,
    doc: "The operating system opens links with this browser.",
    privacy: "A habit.",
  },
  searchEngine: {
    type: "string",
    optional: true,
    doc: "Identifier of the default search engine.",
    privacy: "A preference of the person.",
  },
  syncSetup: {
    type: "boolean",
    optional: true,
    doc: "Sync is set up.",
    privacy: "Has an account.",
  },
  syncDesktopDevices: {
    type: "number",
    optional: true,
    doc: "Desktop devices in Sync.",
    privacy: "How many devices a person has.",
  },
  syncMobileDevices: {
    type: "number",
    optional: true,
    doc: "Mobile devices in Sync.",
    privacy: "How many devices a person has.",
  },
  syncTotalDevices: {
    type: "number",
    optional: true,
    doc: "All devices in Sync.",
    privacy: "How many devices a person has.",
  },
  addons: {
    type: "object",
    optional: true,
    doc: "Installed add-ons by id: `{id, isActive, name, type, version, installDate}`.",
    privacy: "A list of add-ons can tell one person from all others.",
  },
  plugins: {
    type: "object",
    optional: true,
    doc: "Plugins by name: `{name, description, version}`.",
    privacy: "As `addons`, though browsers have next to none left.",
  },
  locale: {
    type: "string",
    doc: "Interface language as a BCP 47 tag.",
    privacy: "Language of a person.",
  },
  doNotTrack: {
    type: "boolean",
    optional: true,
    doc: "The Do Not Track header is on.",
    privacy: "A preference of the person.",
  },
  os: {
    type: "object",
    doc: "`{isWindows, isMac, isLinux, name, version, windowsVersion, windowsBuildNumber, windowsUBR, macVersion, darwinVersion}`.",
    privacy: "Kind of machine.",
  },
  attribution: {
    type: "object",
    optional: true,
    doc: "Where the installer came from: `{source, medium, campaign, …}`.",
    privacy: "How a person found the browser.",
  },
  appinfo: {
    type: "object",
    doc: "The application: `{ID, name, vendor, version, appBuildID, OS, …}`.",
    privacy: "None beyond `version` and `os`.",
  },
  recipe: {
    type: "object",
    doc: "The recipe being judged: `{id, arguments}`.",
    privacy: "None.",
  },
} as const satisfies Readonly<Record<string, AttributeSpec>>;

/** Attributes of `ctx`, as Firefox's own targeting has them. */
export const targeting = {
  locale: { type: "string", doc: "As `env.locale`.", privacy: "Language of a person." },
  localeLanguageCode: {
    type: "string",
    doc: "The language alone: `de` of `de-AT`.",
    privacy: "Language of a person.",
  },
  region: {
    type: "string",
    optional: true,
    doc: "The browser's home region, two letters.",
    privacy: "Coarse place.",
  },
  userId: {
    type: "string",
    doc: "As `env.userId`.",
    privacy: "Names one profile. It leaves the browser only with a survey that says so.",
  },
  version: { type: "string", doc: "As `env.version`.", privacy: "None." },
  channel: { type: "string", doc: "As `env.channel`.", privacy: "None." },
  platform: {
    type: "string",
    doc: "`linux`, `macosx`, `win`, `android`.",
    privacy: "Kind of machine.",
  },
  os: { type: "object", doc: "As `env.os`.", privacy: "Kind of machine." },
} as const satisfies Readonly<Record<string, AttributeSpec>>;

/** Everything that `env.<name>` can be. */
export type AttributeName = keyof typeof attributes;
/** Everything that `ctx.<name>` can be. */
export type TargetingName = keyof typeof targeting;

export const attributeNames = Object.keys(attributes) as readonly AttributeName[];
export const targetingNames = Object.keys(targeting) as readonly TargetingName[];

/** Whether a name is one of ours; an inherited name such as `constructor` is not. */
export function isAttributeName(name: string): name is AttributeName {
  return Object.hasOwn(attributes, name);
}

export function isTargetingName(name: string): name is TargetingName {
  return Object.hasOwn(targeting, name);
}

/**
 * The capabilities by which a client says what its filters can ask: `jexl.context.env.<name>` and
 * `jexl.context.normandy.<name>` for each attribute that it can read.
 *
 * @param readable - the names of the client's readers
 */
export function contextCapabilities(readable: Iterable<AttributeName>): readonly string[] {
  const prefixes = ["env", "normandy"] as const satisfies readonly Namespace[];
  const names = [...readable].filter((name) => !isGiven(name));
  return prefixes.flatMap((prefix) => [
    `jexl.context.${prefix}`,
    ...names.map((name) => `jexl.context.${prefix}.${name}`),
  ]);
}

/** Whether every client has it by running a recipe at all: Normandy knows no capability for it. */
export function isGiven(name: string): boolean {
  return name === "recipe";
}
