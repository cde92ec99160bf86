import { setTimeout as delay } from "node:timers/promises";
import { isLive, keyOf } from "#core/enrollment.ts";
import { parseEnrollment } from "#core/enrollment-parse.ts";
import type { PageRequest } from "#core/messages.ts";
import { memberOf } from "#recipes/members.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";
import { type LastRun, parseReport } from "../stage.ts";
import type { RealServer } from "./real-server.ts";
import type { Abilities, Stage, Values } from "./stage.ts";

/** What a real browser lets be done to it from outside. */
export interface RealBrowser extends AsyncDisposable {
  readonly abilities: Partial<Abilities>;
  /** How long an alarm that is due may take to ring, in milliseconds. */
  readonly alarmMs: number;
  /** Runs a function's source on a page of the extension, where `api` is; JSON in, JSON out. */
  ask(source: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Sets a preference of the extension itself, by its whole name. */
  configure(name: string, value: PreferenceValue | null): Promise<void>;
  /** The same, read. */
  configured(name: string): Promise<unknown>;
  preference(name: string): Promise<PreferenceValue | null>;
  records(): Promise<readonly string[]>;
  stop(): Promise<void>;
  crash(): Promise<void>;
  start(): Promise<void>;
}

const own = "extensions.mulberry.";
/** How long a run may take to report, in milliseconds: much more than it ever does. */
const reportLimitMs = 90_000;
const lookEveryMs = 25;

/** The scenario's stage over a real browser that asks `server`, and has its first run behind it. */
export async function realStage(server: RealServer, browser: RealBrowser): Promise<Stage> {
  await browser.configure(`${own}server_url`, server.url);
  let asked = 1_000_000;
  let isOff = false;
  let flushAt = 0;

  const tell = async (request: PageRequest): Promise<void> => {
    await browser.ask(`(request) => api.runtime.sendMessage(request)`, request);
    flushAt = 0;
  };
  const stored = (key: string): Promise<unknown> =>
    browser.ask(`async (key) => (await api.storage.local.get(key))[key] ?? null`, key);
  const report = async (): Promise<LastRun | undefined> => {
    const text = await browser.configured(`${own}last_run`);
    return typeof text === "string" ? parseReport(text) : undefined;
  };
  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    const giveUpAt = performance.now() + reportLimitMs;
    while (!(await isSo())) {
      if (performance.now() > giveUpAt) throw new Error(`the browser reported no ${what}`);
      await delay(lookEveryMs);
    }
  };
  const enrollments: Stage["enrollments"] = async () =>
    Object.values(Object(await stored("enrollments")) as object)
      .map(parseEnrollment)
      .filter((one) => one !== undefined);
  const configure = async (values: Values): Promise<void> => {
    for (const [name, value] of Object.entries(values)) await browser.configure(name, value);
  };

  return {
    abilities: browser.abilities,
    enrollments,
    configure,
    report,
    preference: (name) => browser.preference(name),
    records: () => browser.records(),
    requests: () => Promise.resolve(server.requests),
    async told() {
      // What happens between runs is sent once an hour, or when somebody asks for it; to ask again puts it off.
      if (performance.now() >= flushAt) {
        flushAt = performance.now() + browser.alarmMs;
        await browser.ask(`() => api.alarms.create("mulberry-telemetry", { when: Date.now() })`);
      }
      return server.told();
    },
    publish: (offer) => server.publish(offer),
    weather: (name) => server.weather(name),
    rotateKeys: () => server.rotateKeys(),
    halt: (kill) => server.halt(kill),
    async run() {
      asked += 1;
      const number = asked;
      await browser.configure(`${own}run_now`, number);
      await until("run", async () =>
        isOff
          ? memberOf(await stored("schedule"), "runNow") === number
          : (await report())?.runNow === number,
      );
    },
    async turn(name, on) {
      if (name !== "enabled") await tell({ ask: "set-switch", name, on });
      else {
        isOff = !on;
        await browser.configure(`${own}enabled`, on);
      }
    },
    async leave(slug) {
      if (slug === null) await tell({ ask: "leave-all" });
      else {
        const found = (await enrollments()).find((one) => one.slug === slug && isLive(one));
        if (found === undefined) throw new Error(`nothing runs that is called ${slug}`);
        await tell({ ask: "leave", key: keyOf(found) });
      }
    },
    async moveClock(days) {
      await tell({ ask: "move-clock", days });
    },
    async forceBranch(slug, branch) {
      await tell({ ask: "force-branch", slug, branch });
    },
    stop: () => browser.stop(),
    crash: () => browser.crash(),
    async start() {
      const startedMs = Date.now();
      await browser.start();
      if (isOff) return;
      // A crash may have left the report of an older run.
      await until("run at its start", async () => {
        const finished = (await report())?.finishedAt;
        return finished !== undefined && Date.parse(finished) >= startedMs;
      });
    },
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
