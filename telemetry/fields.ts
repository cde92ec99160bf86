import type { Application } from "./pings.ts";

// What the texts in a ping may look like. There is no room for a sentence, an address or a path of
// a person's machine: what does not fit its field is refused, and a client must not send it.

export interface TextField {
  readonly doc: string;
  readonly pattern: RegExp;
}

/** A UUID of any version, as document, client, session and enrollment IDs are. */
export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;
/** A ping type's name; the closed list of types is `PingPayloads`. */
export const pingTypePattern = /^[a-z0-9][a-z0-9-]+[a-z0-9]$/iu;
/** ISO 8601 with seconds and a time zone. */
export const datePattern =
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/u;

const versionPattern = /^\d[0-9A-Za-z.+_-]{0,31}$/u;

/** The `application` section. */
export const applicationFields = {
  architecture: {
    doc: "Architecture of the build, for example `x86-64`.",
    pattern: /^[A-Za-z0-9_-]{1,32}$/u,
  },
  buildId: {
    doc: "When the browser was built, `YYYYMMDDhhmmss`; empty or `unknown` outside Firefox.",
    pattern: /^(?:\d{8,14}|unknown)?$/u,
  },
  name: { doc: "Name of the browser.", pattern: /^[A-Za-z][A-Za-z0-9 -]{0,31}$/u },
  version: { doc: "Version of the browser.", pattern: versionPattern },
  displayVersion: { doc: "Version as the browser shows it.", pattern: versionPattern },
  vendor: { doc: "Who built the browser.", pattern: /^[A-Za-z0-9, -]{0,63}\.?$/u },
  platformVersion: { doc: "Version of the browser's engine.", pattern: versionPattern },
  xpcomAbi: {
    doc: "Binary interface of the build, for example `x86_64-gcc3`; empty outside Firefox.",
    pattern: /^[A-Za-z0-9_-]{0,63}$/u,
  },
  channel: {
    doc: "Release channel; empty where the browser does not tell.",
    pattern: /^[A-Za-z0-9_-]{0,64}$/u,
  },
} as const satisfies { readonly [K in keyof Application]: TextField };

/** The texts of the `environment` section, by their place in it. */
export const environmentFields = {
  "settings/locale": {
    doc: "Interface language, a BCP 47 tag.",
    pattern: /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}$/u,
  },
  "system/os/name": {
    doc: "Name of the operating system.",
    pattern: /^[A-Za-z][A-Za-z0-9 _-]{0,31}$/u,
  },
  "system/os/version": {
    doc: "Version of the operating system; empty where the browser does not tell.",
    pattern: /^(?:\d[0-9A-Za-z.+_-]{0,63})?$/u,
  },
  "experiments/*/type": {
    doc: "Kind of change: `normandy-exp`, `normandy-exp-highpop`, `normandy-prefrollout`, `normandy-addonstudy`, `normandy-addonrollout`.",
    pattern: /^[a-z-]{1,21}$/u,
  },
} as const satisfies Readonly<Record<string, TextField>>;

/** Keyed scalars that may be sent: keys are recipe ids, values non-negative integers. */
export const keyedScalars = {
  "normandy.recipe_freshness":
    "When each recipe that this browser saw was last changed, in seconds since 1970, by recipe id.",
} as const;

/** A survey's id: words of a recipe's author, and a randomisation id behind them where the recipe asks for it. */
export const surveyIdPattern = /^\P{Cc}{1,100}(?:::[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/u;
/** A recipe's revision. */
export const revisionPattern = /^\d{1,16}$/u;

/** A recipe id as a key. */
export const recipeIdPattern = /^[1-9]\d{0,15}$/u;
