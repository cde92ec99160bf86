import { ownAddonId } from "#recipes/own-addon.ts";

/** The browsers that the extension is built for. */
export type BrowserName = "firefox" | "chromium";

/**
 * What a build is for. Privileged APIs run in Firefox ESR, Developer Edition, Nightly and forks; a
 * release Firefox takes only what Mozilla has signed, and Mozilla signs none of them.
 */
export type BuildTarget = "firefox" | "firefox-release" | "chromium";

export function targetOf(options: {
  readonly browser: BrowserName;
  readonly release?: boolean;
}): BuildTarget {
  return options.browser === "firefox" && options.release === true
    ? "firefox-release"
    : options.browser;
}

/** What each build may do, beside asking its servers. Settings are changed where preferences cannot be; nobody is asked for `idle`. */
const permissions = {
  firefox: ["alarms", "idle", "mozillaAddons", "storage"],
  "firefox-release": ["alarms", "browserSettings", "idle", "privacy", "storage"],
  chromium: ["alarms", "idle", "privacy", "storage"],
} as const satisfies Readonly<Record<BuildTarget, readonly string[]>>;

/** The extension's id in Firefox. */
export const extensionId = ownAddonId;

/** Privileged APIs of the Firefox build: name to folder of `extension/experiments`. */
const experiments = {
  mulberryPreferences: { folder: "preferences", events: ["startup"] },
  mulberryAddons: { folder: "addons", events: ["startup"] },
  mulberryFacts: { folder: "facts", events: [] },
  mulberryLoads: { folder: "loads", events: [] },
} as const;

/**
 * The extension's manifest.json.
 *
 * @param options.serverUrl - where recipes come from: besides `haltUrl`'s and this machine, the only host that is reached
 * @param options.pages - paths of the pages that were built, for example `pages/studies.html`
 */
export function manifest(
  target: BuildTarget,
  options: {
    readonly version: string;
    readonly serverUrl: string;
    readonly haltUrl?: string | undefined;
    readonly pages?: readonly string[];
  },
): Readonly<Record<string, unknown>> {
  const studies = options.pages?.find((page) => page.endsWith("/studies.html"));
  return {
    manifest_version: 3,
    name: "Mulberry",
    version: options.version,
    default_locale: "en",
    description: "__MSG_extension_description__",
    permissions: permissions[target],
    host_permissions: hosts([options.serverUrl, options.haltUrl ?? options.serverUrl]),
    content_security_policy: { extension_pages: policy },
    ...(studies === undefined
      ? {}
      : {
          options_ui: { page: studies, open_in_tab: true },
          action: { default_title: "Mulberry" },
        }),
    ...(target === "chromium" ? chromiumKeys : firefoxKeys),
    ...(target === "firefox" ? { experiment_apis: experimentApis() } : {}),
  };
}

/** QA points a browser at a server on this machine by a preference, so loopback is always among them. */
function hosts(urls: readonly string[]): readonly string[] {
  const own = urls.map((url) => {
    const { protocol, hostname } = new URL(url);
    return `${protocol}//${hostname}/*`;
  });
  return [...new Set([...own, "http://127.0.0.1/*", "http://localhost/*"])];
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src https: http://127.0.0.1:* http://localhost:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const firefoxKeys = {
  background: { scripts: ["background.js"], type: "module" },
  browser_specific_settings: {
    gecko: {
      id: extensionId,
      strict_min_version: "142.0",
      data_collection_permissions: { required: ["none"], optional: ["technicalAndInteraction"] },
    },
  },
};

function experimentApis(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(experiments).map(([name, { folder, events }]) => [
      name,
      {
        schema: `experiments/${folder}/schema.json`,
        parent: {
          scopes: ["addon_parent"],
          paths: [[name]],
          script: `experiments/${folder}/api.js`,
          events,
        },
      },
    ]),
  );
}

/** Chromium hands policy on only for names that a schema lists. */
export const managedSchemaFile = "managed-schema.json";

const chromiumKeys = {
  background: { service_worker: "background.js", type: "module" },
  minimum_chrome_version: "120",
  storage: { managed_schema: managedSchemaFile },
};

/**
 * The settings of docs/preferences.md that an administrator can fix by policy. A schema has no room
 * for `force_branch.<slug>`, whose names nobody knows beforehand.
 */
export const managedSchema = {
  type: "object",
  properties: Object.fromEntries(
    Object.entries({
      server_url: "string",
      enabled: "boolean",
      studies_enabled: "boolean",
      rollouts_enabled: "boolean",
      telemetry_enabled: "boolean",
      extended_telemetry_enabled: "boolean",
      run_interval_seconds: "integer",
      stale_rollouts: "string",
      "logging.level": "integer",
      user_id: "string",
      dev_mode: "boolean",
      run_now: "integer",
      testing_for_recipes: "string",
    }).map(([name, type]) => [`extensions.mulberry.${name}`, { type }]),
  ),
};
