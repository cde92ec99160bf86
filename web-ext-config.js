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
};
