import { Listr, type ListrTask } from "listr2";
import type { ServerConfig } from "#server/config.ts";
import { describeError } from "#server/errors.ts";
import type { Log } from "#server/observe/log.ts";
import { startServer } from "#server/main.ts";
import { openStore } from "#server/workplace.ts";
import { exampleFiles, publishExamples } from "./examples.ts";
import { onEnter } from "./keyboard.ts";
import { line } from "./live-view.ts";
import { Observer } from "./observer.ts";
import { readStartArguments, startHelp } from "./start-arguments.ts";
import { addStudyAddon, buildForFirefox, startFirefox } from "./start-up.ts";
import { summarise } from "./summary.ts";
import { ensureBrowser } from "./system.ts";
import { type Running, untilStopped } from "./until-stopped.ts";

// `npm start`: everything on one machine, and a line for each thing that happens. With `--once`,
// until one whole cycle is through.

const cycleLimitMs = 120_000;

await untilStopped("npm start -- --help", main);

async function main(running: Running): Promise<number> {
  const options = readStartArguments(process.argv.slice(2), process.env);
  if (options === "help") {
    console.log(startHelp);
    return 0;
  }
  const { config, once } = options;
  const observer = new Observer(say);
  const { stopping } = running;
  const opened = await setUp(config, observer, running);
  stopping.throwIfAborted();
  say(line("serving", `${opened.server.url}  (data in ${config.dataDir})`));

  const ended = new Promise<"firefox" | "signal">((resolve) => {
    stopping.addEventListener("abort", () => {
      resolve("signal");
    });
    void opened.firefox.exited.then(() => {
      resolve("firefox");
    });
  });
  if (!once) {
    const canPress = onEnter(() => {
      say(line("asked", "the browser to run now"));
      opened.firefox.runNow().catch((error: unknown) => {
        for (const said of describeError(error)) say(line("trouble", said));
      });
    });
    if (canPress) say("Enter makes the browser run now, and see what was published or disabled.");
    say("Ctrl-C ends the server and the browser.");
    say((await ended) === "signal" ? "Ending …" : "Firefox was closed: ending …");
    return 0;
  }
  const outcome = await observer.throughCycle(opened, cycleLimitMs, ended);
  if (outcome.missing !== undefined) {
    const { step: name, lacks } = outcome.missing;
    console.error(`start/not-through: step "${name}" did not happen: ${lacks} (${outcome.why})`);
    return 1;
  }
  const names = await observer.preferenceNames(opened.store);
  const values = await opened.firefox.preferences(names);
  say("");
  for (const said of summarise(outcome.events, outcome.published, values)) say(said);
  return 0;
}

async function setUp(config: ServerConfig, observer: Observer, { stopping, onEnd }: Running) {
  const { dataDir } = config;
  const step = <T>(title: string, work: Work<T>): Promise<T> => doStep(title, work, stopping);
  const binary = await step("Firefox", async (task) => {
    const found = await ensureBrowser("firefox", (said) => {
      task.output = said;
    });
    task.title = `Firefox: ${found}`;
    return found;
  });
  const server = await step("Keys, store and server", async (task) => {
    const started = await startServer(config, { log: logTo(observer) });
    onEnd(() => started.close());
    task.title = `Keys, store and server: ${started.url}`;
    return started;
  });
  const store = await openStore(config);
  onEnd(() => store.close());
  const xpi = await step("Extension, with this server's root pinned", () =>
    buildForFirefox(dataDir, server.url),
  );
  await step("Add-on of the example study", () => addStudyAddon(dataDir, store));
  await step("Examples", async (task) => {
    const { published, kept } = await publishExamples(server, store, await exampleFiles());
    const left = kept.map(({ slug, why }) => `${slug} (${why})`).join(", ");
    task.title =
      `Examples: ${published.length} recipes published` +
      (left === "" ? "" : `; left as you left them: ${left}`);
  });
  onEnd(() => observer.close());
  await observer.watch(server, store);
  const firefox = await step("Firefox with the extension", async () => {
    const started = await startFirefox({ binary, xpi, serverUrl: server.url });
    onEnd(() => started.end());
    return started;
  });
  return { server, store, firefox };
}

type Work<T> = (task: { title: string | undefined; output: string }) => Promise<T>;

/** Does one step of set-up with its progress on the terminal. */
async function doStep<T>(title: string, work: Work<T>, stopping: AbortSignal): Promise<T> {
  stopping.throwIfAborted();
  let done: { readonly value: T } | undefined;
  let failure: { readonly error: unknown } | undefined;
  const tasks: ListrTask[] = [
    {
      title,
      task: async (_, task) => {
        try {
          done = { value: await work(task) };
        } catch (error) {
          // Its message is ours to print, once and whole.
          failure = { error };
          throw new Error("see below", { cause: error });
        }
      },
    },
  ];
  // A signal is ours to answer: the library's own answer would leave Firefox behind.
  const options = { registerSignalListeners: false };
  const list = process.stdout.isTTY
    ? new Listr(tasks, {
        renderer: "default",
        rendererOptions: { showErrorMessage: false },
        ...options,
      })
    : new Listr(tasks, { renderer: "simple", ...options });
  await list.run().catch((error: unknown) => {
    throw failure === undefined ? error : failure.error;
  });
  if (done === undefined) throw new Error(`start/order: ${title} did not run`);
  return done.value;
}

/** The server's log as a person at a terminal wants it: requests as news, the rest when it is trouble. */
function logTo(observer: Observer): Log {
  const trouble = (type: string, fields = {}) => {
    say(line("trouble", `${type} ${JSON.stringify(fields)}`));
  };
  return {
    info: (type, fields = {}) => {
      if (type === "request.summary") observer.request(fields);
    },
    warn: trouble,
    error: trouble,
  };
}

function say(text: string): void {
  console.log(text);
}
