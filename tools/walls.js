// What may be named where: the tables behind eslint.config.js. A pure folder that asks for a clock,
// a random number or the network as an argument can be tested, simulated and resumed; one that
// takes them from the air cannot.

const pure = [
  "recipes/**/*.ts",
  "telemetry/**/*.ts",
  "extension/{core,actions,probes,telemetry}/**/*.ts",
];
const extensionShell = ["extension/*.ts", "extension/pages/**/*.ts"];
const service = ["server/**/*.ts"];

/** Files where the outside world begins: they read clock and environment and hand them on. */
const serviceEdge = [
  "server/{node,main,cli,config,bin}.ts",
  "server/commands/**/*.ts",
  "server/observe/**/*.ts",
];
/** vite and web-ext run these at build time, in Node. */
const buildScripts = ["extension/vite.config.ts", "extension/build*.ts"];

const argument = "is an argument here, see extension/core/ports.ts";
const atTheEdge =
  "is an argument here; only the server's edge (tools/walls.js) takes it from the air";

const browserNames = ["browser", "chrome"].map((name) => ({
  name,
  message: "Only extension/platform names the browser.",
}));
const outsideWorld = (message) =>
  [
    "fetch",
    "XMLHttpRequest",
    "WebSocket",
    "process",
    "console",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "performance",
  ].map((name) => ({ name, message: `\`${name}\` ${message}.` }));

const clockAndChance = (message) => [
  { object: "Date", property: "now", message: `The clock ${message}.` },
  { object: "performance", property: "now", message: `The clock ${message}.` },
  { object: "Math", property: "random", message: `Chance ${message}.` },
  { object: "crypto", property: "randomUUID", message: `Chance ${message}.` },
  { object: "crypto", property: "getRandomValues", message: `Chance ${message}.` },
  { object: "globalThis", property: "fetch", message: `The network ${message}.` },
];

const readsTheClock = (message) => [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: `The clock ${message}.`,
  },
  { selector: "CallExpression[callee.name='Date']", message: `The clock ${message}.` },
];

const markup =
  "innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|parseHTMLUnsafe|createContextualFragment";
const noMarkup = "Text from a recipe must never become markup: build elements and set textContent.";
/** Refused in every file. */
export const markupWriters = [
  { selector: `MemberExpression[property.name=/^(${markup})$/]`, message: noMarkup },
  { selector: `MemberExpression[property.value=/^(${markup})$/]`, message: noMarkup },
  {
    selector: "CallExpression[callee.object.name='document'][callee.property.name=/^write(ln)?$/]",
    message: noMarkup,
  },
];

/** Packages that one place wraps; `onlyIn` is that place, absent means nowhere. */
const wrapped = [
  {
    names: ["webextension-polyfill"],
    onlyIn: ["extension/platform/**/*.ts"],
    message: "It throws outside an extension: only extension/platform imports it.",
  },
  {
    names: ["mozjexl", "mozjexl/lib/Lexer", "mozjexl/lib/parser/Parser", "mozjexl/lib/grammar"],
    onlyIn: ["recipes/filter*.ts", "recipes/*.d.ts"],
    message: "Filters are scanned before they are parsed: go through recipes/filter.ts.",
  },
  {
    names: ["node:http", "node:https", "node:http2", "http", "https"],
    onlyIn: ["server/node.ts", "test/**/*.ts", "tools/**/*.ts", "bench/**/*.ts"],
    message: "Routes are functions from Request to Response; only server/node.ts holds sockets.",
  },
  {
    names: ["jose"],
    importNames: [
      "EmbeddedJWK",
      "createRemoteJWKSet",
      "generalVerify",
      "importX509",
      "importPKCS8",
      "decodeJwt",
    ],
    onlyIn: [],
    message:
      "It trusts a key that the message itself brings, or reads a claim that nobody verified.",
  },
];

/** The import bans that hold in `place`, one of the `onlyIn` globs, or `""` for everywhere else. */
export function bannedImports(place) {
  return wrapped
    .filter(({ onlyIn }) => !onlyIn.includes(place))
    .flatMap(({ names, importNames, message }) =>
      names.map((name) => ({ name, message, ...(importNames && { importNames }) })),
    );
}

const ban = (files, message, { exceptGlobals = [] } = {}) => ({
  files,
  rules: {
    "no-restricted-globals": [
      "error",
      ...browserNames,
      ...outsideWorld(message).filter(({ name }) => !exceptGlobals.includes(name)),
    ],
    "no-restricted-properties": ["error", ...clockAndChance(message)],
    "no-restricted-syntax": ["error", ...markupWriters, ...readsTheClock(message)],
  },
});

const lift = (files) => ({
  files,
  rules: {
    "no-restricted-globals": ["error", ...browserNames],
    "no-restricted-properties": "off",
    "no-restricted-syntax": ["error", ...markupWriters],
  },
});

const places = [...new Set(wrapped.flatMap(({ onlyIn }) => onlyIn))];

/** Configuration blocks in order: a later one that names a file replaces what an earlier one said. */
export const walls = [
  ban(pure, argument),
  ban(extensionShell, argument),
  ban(service, atTheEdge),
  lift(serviceEdge),
  lift(buildScripts),
  ...places.map((place) => ({
    files: [place],
    rules: { "no-restricted-imports": ["error", { paths: bannedImports(place) }] },
  })),
];

const readonlyNames = (...names) => Object.fromEntries(names.map((name) => [name, "readonly"]));

/** Global names of files that no compiler checks. */
export const ambient = {
  node: readonlyNames(
    "process",
    "console",
    "Buffer",
    "URL",
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "module",
    "require",
    "__dirname",
  ),
  firefox: readonlyNames(
    "Cc",
    "Ci",
    "Cr",
    "Cu",
    "ChromeUtils",
    "ChromeWorker",
    "Components",
    "ExtensionAPI",
    "ExtensionCommon",
    "ExtensionError",
    "ExtensionUtils",
    "IOUtils",
    "PathUtils",
    "Services",
    "XPCOMUtils",
    "AddonManager",
    "console",
    "crypto",
    "TextEncoder",
    "TextDecoder",
    "Uint8Array",
    "URL",
    "atob",
    "btoa",
  ),
  page: readonlyNames(
    "browser",
    "chrome",
    "console",
    "document",
    "window",
    "location",
    "fetch",
    "EventSource",
    "FormData",
    "URL",
    "setTimeout",
    "clearTimeout",
  ),
};
