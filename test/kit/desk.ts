import { type RunningServer, startServer } from "#server/main.ts";
import { parseManifest } from "#recipes/manifest-parse.ts";
import { aConfig, temporaryFolder } from "./server.ts";

/** A development server in this process, on a folder, a clock and timers of the test's own. */
export interface Desk extends AsyncDisposable {
  readonly dataDir: string;
  readonly url: string;
  readonly server: RunningServer;
  /** Moves the clock, then lets the server's slow timer strike and waits for what it does. */
  pass(ms: number): Promise<void>;
  /** Lets the fast timer strike, which looks for what other processes have published. */
  look(): Promise<void>;
  now(): number;
  restart(): Promise<void>;
  get(path: string, init?: RequestInit): Promise<Fetched>;
  bundle(): Promise<{ readonly keycert: string; readonly manifest: string }>;
  /** The manifest's payload as served: its text and what it says. */
  payload(): Promise<{ readonly text: string; readonly value: ReturnType<typeof parseManifest> }>;
}

export interface Fetched {
  readonly status: number;
  readonly text: string;
  readonly etag: string;
}

/** Starts one. `await using` stops it and removes its folder. */
export async function openDesk(): Promise<Desk> {
  const folder = await temporaryFolder();
  let nowMs = Date.UTC(2026, 10, 22);
  let timers: { readonly ms: number; readonly run: () => void }[] = [];
  const start = (): Promise<RunningServer> => {
    timers = [];
    return startServer(aConfig(folder.path), {
      now: () => nowMs,
      every: (ms, run) => {
        timers.push({ ms, run });
        return () => undefined;
      },
    });
  };
  let server = await start();
  const strike = async (fits: (ms: number) => boolean): Promise<void> => {
    for (const { run } of timers.filter(({ ms }) => fits(ms))) run();
    await server.settled();
  };
  const get: Desk["get"] = async (path, init = {}) => {
    const answer = await fetch(server.url + path, init);
    const etag = answer.headers.get("etag") ?? "";
    return { status: answer.status, text: await answer.text(), etag };
  };
  const bundle: Desk["bundle"] = async () =>
    JSON.parse((await get("/v2/bundle.json")).text) as { keycert: string; manifest: string };
  return {
    dataDir: folder.path,
    get url() {
      return server.url;
    },
    get server() {
      return server;
    },
    async pass(ms) {
      nowMs += ms;
      await strike((interval) => interval >= 1_000);
    },
    look: () => strike((interval) => interval < 1_000),
    now: () => nowMs,
    async restart() {
      await server.close();
      server = await start();
    },
    get,
    bundle,
    async payload() {
      const { manifest } = await bundle();
      const text = Buffer.from(manifest.split(".")[1] ?? "", "base64url").toString();
      return { text, value: parseManifest(JSON.parse(text)) };
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A recipe as its author would write it into a file: without what a server gives. */
export function asFile(recipe: object): { readonly file: string; readonly text: string } {
  const { id: _id, revision_id: _revision, ...draft } = { id: 0, revision_id: "", ...recipe };
  return { file: "recipe.json", text: JSON.stringify(draft) };
}
