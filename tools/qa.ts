import { mkdir } from "node:fs/promises";
import path from "node:path";
import { buildExtension } from "#extension/vite.config.ts";
import { parseSignedRoot } from "#recipes/manifest-parse.ts";
import { startServer } from "#server/main.ts";
import { hasDisplay } from "./firefox-launcher.ts";
import { qaHelp, type QaOptions, readQaArguments } from "./qa-arguments.ts";
import { openQaBrowser } from "./qa-browsers.ts";
import { ensureBrowser, SetupError } from "./system.ts";
import { type Running, untilStopped } from "./until-stopped.ts";

// `npm run qa`: a browser in which QA can make everything happen, and a server for it.

await untilStopped("npm run qa -- --help", main);

async function main({ stopping, onEnd }: Running): Promise<number> {
  const options = readQaArguments(process.argv.slice(2), process.env);
  if (options === "help") {
    say(qaHelp);
    return 0;
  }
  const binary = await ensureBrowser(options.browser, say);
  const serverUrl = options.url ?? (await serve(options, onEnd));
  say(`server   ${serverUrl}`);
  const extensionDir = path.join(options.config.dataDir, "client", `qa-${options.browser}`);
  await mkdir(extensionDir, { recursive: true });
  const root = parseSignedRoot(await rootOf(serverUrl));
  await buildExtension({ browser: options.browser, outDir: extensionDir, root, serverUrl });
  stopping.throwIfAborted();
  const browser = await openQaBrowser[options.browser]({
    binary,
    extensionDir,
    serverUrl,
    startUrl: `${serverUrl}/`,
    isHeadless: !hasDisplay(),
  });
  onEnd(() => browser.end());
  say(`browser  ${binary}`);
  say(whatCanBeDone(serverUrl, options));
  const ended = new Promise<string>((resolve) => {
    stopping.addEventListener("abort", () => {
      resolve("Ending …");
    });
    void browser.exited.then(() => {
      resolve("The browser was closed: ending …");
    });
  });
  say(await ended);
  return 0;
}

/** Starts a server of our own. @returns where it is */
async function serve({ config }: QaOptions, onEnd: Running["onEnd"]): Promise<string> {
  const server = await startServer(config);
  onEnd(() => server.close());
  return server.url;
}

/** The root that a browser for this server is to pin: of a server for QA, which says it itself. */
async function rootOf(serverUrl: string): Promise<unknown> {
  const url = `${serverUrl}/v2/root/1.json`;
  try {
    const answer = await fetch(url);
    if (answer.ok) return await answer.json();
    throw new SetupError("setup/no-server", `${url} answered ${String(answer.status)}`);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError("setup/no-server", `${url} did not answer: ${reason}`);
  }
}

function whatCanBeDone(serverUrl: string, { browser }: QaOptions): string {
  const where =
    browser === "firefox"
      ? "about:config"
      : "the extension's storage.local (its pages' console: chrome.storage.local.set)";
  return `
The button in the toolbar opens the Studies page, which leads to the Inspector: there a run is begun,
a branch chosen, the clock moved. In ${where}:
  extensions.mulberry.run_now                  another number: a run, now
  extensions.mulberry.force_branch.<slug>      that branch, before the study begins
  extensions.mulberry.testing_for_recipes      slugs that a qaOnly filter lets in
  experiments.force-sample-value               0 to 1: where every sample of a filter lies
Recipes go live with
  npx mulberry recipe publish FILE --approve
  curl -X PUT --data @recipes.json ${serverUrl}/api/dev/live      (a JSON array: the whole set)
docs/qa.md has the rest. Ctrl-C ends all of it.`;
}

function say(text: string): void {
  console.log(text);
}
