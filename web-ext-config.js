// Options for web-ext, by command. web-ext itself reads only `.cjs` and `.mjs` files, so our own
// commands import this one and hand the options to `webExt.cmd.*`.

/** A build for Firefox, as `mulberry extension build --browser firefox --out dist/firefox` writes it. */
const sourceDir = "dist/firefox";

export default {
  lint: {
    sourceDir,
    // The build carries experiment APIs, which only a privileged extension may.
    privileged: true,
    selfHosted: true,
    warningsAsErrors: false,
  },
  build: {
    sourceDir,
    artifactsDir: "dist/artifacts",
    overwriteDest: true,
  },
  // `npm run qa` (tools/qa.ts) puts its own build and the address of its server in here.
  run: {
    sourceDir,
    target: ["firefox-desktop"],
    noInput: true,
    // There is nothing to reload: a build does not change while it runs.
    noReload: true,
    pref: {
      "extensions.experiments.enabled": true,
      "xpinstall.signatures.required": false,
      "extensions.mulberry.server_url": "http://127.0.0.1:8000",
      "extensions.mulberry.dev_mode": true,
      "extensions.mulberry.logging.level": 10,
    },
  },
};
