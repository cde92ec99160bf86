// Who may import whom. Each rule's comment is the sentence that a violator reads.

const vocabulary = "^(recipes|telemetry)/";
const insideRepository = "^(recipes|telemetry|extension|server|test|tools|bench)/";
const actions = "^extension/actions/";
const probes = "^extension/probes/";
const clientTelemetry = "^extension/telemetry/";
const platform = "^extension/platform/";
const pages = "^extension/pages/";
const background = "^extension/background\\.ts$";
/** Build scripts beside the extension run in Node, not in a browser. */
const buildScripts = "^extension/(vite\\.config|build[^/]*)\\.ts$";
const tables = "/index\\.ts$";
const pureService = "^server/(aggregate|alerts|analysis|authoring|publish)/";

/** A folder that may import, inside the repository, only what matches one of `to`. */
const only = (name, from, to, comment, extra = {}) => ({
  name,
  comment,
  severity: "error",
  from: { path: from, ...extra },
  to: { path: insideRepository, pathNot: to },
});

const never = (name, from, to, comment) => ({ name, comment, severity: "error", from, to });

module.exports = {
  forbidden: [
    never(
      "no-cycles",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
      "Modules that need each other at run time are one module: merge them, or move what both need below both.",
    ),
    never(
      "resolvable",
      {},
      { couldNotResolve: true, pathNot: "^virtual:" },
      "This import leads nowhere: check the spelling; a path of ours ends in .ts, a package stands in package.json.",
    ),
    never(
      "declared-packages",
      { path: insideRepository },
      { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
      "A package that is imported stands in package.json; one that came along with another package may be gone tomorrow.",
    ),
    never(
      "product-without-development-packages",
      { path: "^(recipes|telemetry|extension|server)/", pathNot: buildScripts },
      { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
      "What the product runs is a dependency; devDependencies are for tests and checks.",
    ),
    only(
      "recipes-alone",
      "^recipes/",
      ["^recipes/"],
      "recipes/ is the language that client and server share: it imports nothing of ours but itself.",
    ),
    only(
      "telemetry-alone",
      "^telemetry/",
      ["^telemetry/", "^recipes/"],
      "telemetry/ imports nothing of ours but itself and types of recipes/.",
    ),
    never(
      "telemetry-takes-types-only",
      { path: "^telemetry/" },
      { path: "^recipes/", dependencyTypesNot: ["type-only"] },
      "telemetry/ takes types from recipes/ and nothing that runs: write `import type`.",
    ),
    never(
      "languages-are-pure",
      { path: [vocabulary, "^extension/(core|actions|probes|telemetry)/"] },
      { dependencyTypes: ["core"] },
      "This folder also runs in a browser: what it needs of Node arrives as an argument.",
    ),
    only(
      "core-below-everything",
      "^extension/core/",
      [vocabulary, "^extension/core/"],
      "extension/core imports the vocabulary and itself; what it needs of a browser is a port in core/ports.ts, and actions are handed to it.",
    ),
    ...[
      [actions, "action"],
      [probes, "probe"],
    ].map(([folder, noun]) =>
      only(
        `${noun}-on-its-own`,
        folder,
        [vocabulary, "^extension/core/"],
        `One ${noun} imports the vocabulary and core, never another ${noun}: what two of them share belongs into core.`,
        { pathNot: tables },
      ),
    ),
    ...[
      [actions, "action"],
      [probes, "probe"],
    ].map(([folder, noun]) =>
      only(
        `${noun}-table`,
        `${folder}index\\.ts$`,
        [vocabulary, "^extension/core/", folder],
        `The table of ${noun}s imports its rows, the vocabulary and core.`,
      ),
    ),
    only(
      "client-telemetry",
      clientTelemetry,
      [vocabulary, "^extension/core/", clientTelemetry],
      "extension/telemetry imports the vocabulary, core and itself; the browser reaches it through ports.",
    ),
    only(
      "platform-behind-ports",
      platform,
      [vocabulary, "^extension/core/", "^extension/experiments/", platform],
      "extension/platform implements core/ports.ts: it imports that, the vocabulary and itself, and decides nothing.",
    ),
    never(
      "platform-decides-nothing",
      { path: platform },
      {
        path: "^extension/core/",
        pathNot: "^extension/core/ports\\.ts$",
        dependencyTypesNot: ["type-only"],
      },
      "Of core, extension/platform takes ports.ts and the types that its ports speak of, nothing that decides.",
    ),
    never(
      "composed-in-two-places",
      { path: "^extension/", pathNot: [platform, pages, background, buildScripts] },
      { path: platform },
      "Only background.ts and pages/ see both core and platform.",
    ),
    only(
      "extension-without-server",
      "^extension/",
      [vocabulary, "^extension/"],
      "The extension never imports the server, tools, benchmarks or tests.",
      { pathNot: buildScripts },
    ),
    only(
      "pure-service",
      pureService,
      [
        vocabulary,
        "^extension/(core|actions)/",
        "^server/store/",
        "^server/errors\\.ts$",
        pureService,
      ],
      "aggregate, alerts, analysis, authoring and publish see the vocabulary, the client's pure core and the ports of store/.",
    ),
    never(
      "store-ports-only",
      { path: pureService },
      {
        path: "^server/store/",
        pathNot: "^server/store/(ports|types)[^/]*\\.ts$",
        dependencyTypesNot: ["type-only"],
      },
      "A pure folder of the server names a store's port, never the engine behind it.",
    ),
    never(
      "routes-do-not-compose",
      { path: "^server/(routes|console|store|ingest|archive|observe)/" },
      { path: "^server/(app|main|cli|node)\\.ts$|^server/commands/" },
      "app.ts, main.ts and cli.ts put the parts together; no part imports them.",
    ),
    never(
      "server-sees-pure-client",
      { path: "^server/", pathNot: "^server/commands/" },
      { path: "^extension/", pathNot: "^extension/(core|actions)/" },
      "Of the extension the server sees core and actions, which are pure.",
    ),
    never(
      "commands-build-the-client",
      { path: "^server/commands/" },
      { path: "^extension/", pathNot: ["^extension/(core|actions)/", buildScripts] },
      "A command sees the client's pure core and its build, nothing that runs in a browser.",
    ),
    never(
      "nobody-imports-test",
      // A benchmark is a test that prints a ratio: it measures with the same kit.
      { pathNot: ["^test/", "^bench/"] },
      { path: "^test/" },
      "Nothing imports test/: what a tool and a test both need belongs into tools/ or the product.",
    ),
    never(
      "product-without-tools",
      { path: "^(recipes|telemetry|extension|server)/" },
      { path: "^(tools|bench)/" },
      "The product runs without tools/ and bench/.",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Fixtures are data, the browser's privileged scripts are no modules.
    exclude: { path: "^(test/fixtures|dist|\\.cache)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "module", "browser", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json", ".d.ts"],
      mainFields: ["module", "main", "types", "typings"],
    },
  },
};
