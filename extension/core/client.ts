import { heedPreferences, heedRemoval } from "./another-hand.ts";
import type { Workbench } from "./apply.ts";
import type { ClientParts } from "./client-parts.ts";
import type { Enrollment } from "./enrollment.ts";
import { type Guard, settleMs } from "./guard.ts";
import { Haste, isSwitch } from "./haste.ts";
import type { HeartbeatWord, Prompt } from "./heartbeat.ts";
import type { Settings, TurnableName } from "./ports.ts";
import { obey } from "./obey.ts";
import { optOut } from "./opt-out.ts";
import { measureEveryMs } from "./probe.ts";
import { resume } from "./resume.ts";
import type { RunReport, Trigger } from "./run.ts";
import { answerAddon } from "./study-requests.ts";
import { dueTrigger, intervalMs, nextRunMs, readSchedule, writeSchedule } from "./schedule.ts";
import { Workshop } from "./workshop.ts";

const lastReportKey = "last_run";
const sessionKey = "session";
const telemetryEveryMs = 60 * 60_000;
/** What the last session left is sent once the browser has had time to start. */
const telemetryFirstMs = 60_000;
/** The page of a survey gives up earlier: one that is silent for so long is gone. */
const surveyMs = 10 * 60_000;

/**
 * Everything Mulberry does in one browser, one thing at a time.
 *
 * The browser may stop the background page at any await, so nothing lives here that is not in the
 * store: a client that starts again goes on where the last one was stopped.
 */
export class Client {
  readonly #parts: ClientParts;
  readonly #haste: Haste;
  readonly #workshop: Workshop;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#workshop = new Workshop(parts);
    this.#haste = new Haste(parts.ports);
  }

  /** Called whenever the background page starts: mends what a kill left, then runs if a run is due. */
  start(): Promise<RunReport | undefined> {
    return this.#enqueue(async () => {
      const { ports } = this.#parts;
      const settings = await ports.settings.read();
      // As after a start of the browser, alarms are gone and nobody has watched since, where the
      // extension itself was off or is a new version.
      const session = `${String(await this.#workshop.sessionStart())}/${String(await ports.facts.read("extensionStart"))}`;
      const isBrowserStart = (await ports.store.get(sessionKey)) !== session;
      const bench = await this.#workshop.bench();
      const guard = await this.#workshop.guard();
      if (isBrowserStart) await guard.atStart(bench, ports.clock.nowMs());
      await resume(
        bench,
        ports.clock.nowMs(),
        isBrowserStart,
        this.#parts.graduationSet,
        (enrollment) => guard.holds(enrollment),
      );
      await ports.store.set({ [sessionKey]: session });
      await this.#obey(settings);
      // Alarms end with the browser. Within a session each sending asks for the next.
      if (isBrowserStart) {
        await this.#parts.wakeAt("telemetry", ports.clock.nowMs() + telemetryFirstMs);
        await this.#parts.wakeAt("measure", ports.clock.nowMs() + measureEveryMs);
        await this.#settleLater();
      }
      const report = await this.#runOrWait(settings, isBrowserStart);
      if (isBrowserStart && report === undefined)
        this.#aside(this.#enqueue(() => this.#parts.heedHalt({ settings, ports, bench })));
      return report;
    });
  }

  /** Runs now, after whatever is going on. */
  request(trigger: Trigger): Promise<RunReport | undefined> {
    return this.#enqueue(() => this.#run(trigger));
  }

  /** The timer rang: runs if a run is due. */
  tick(): Promise<RunReport | undefined> {
    return this.#enqueue(async () =>
      this.#runOrWait(await this.#parts.ports.settings.read(), false),
    );
  }

  /** Sends what was recorded. */
  flush(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#flush(await this.#parts.ports.settings.read());
    });
  }

  /** The browser has lived for a while with what was changed. */
  settled(): Promise<void> {
    return this.#enqueue(async () => {
      const guard = await this.#workshop.guard();
      await guard.settle();
      if (guard.takeBegun()) await this.#settleLater();
    });
  }

  /** A setting changed: switches act at once; `run_now` or a shorter interval may make a run due. */
  settingChanged(name: string): Promise<void> {
    if (isSwitch(name)) this.#aside(this.#haste.heed(this.#tail));
    return this.#enqueue(async () => {
      const { ports } = this.#parts;
      const settings = await ports.settings.read();
      await this.#obey(settings);
      await this.#runOrWait(settings, false);
    });
  }

  /** Preferences changed that a study holds. */
  preferencesChanged(names: readonly string[]): Promise<void> {
    return this.#enqueue(async () => {
      const guard = await this.#workshop.guard();
      await heedPreferences(names, await this.#workshop.bench(), (one) => guard.holds(one));
    });
  }

  /** Somebody removed an add-on. */
  addonRemoved(id: string): Promise<void> {
    return this.#enqueue(async () => {
      await heedRemoval(id, await this.#workshop.bench(), this.#parts.ports.clock.nowMs());
    });
  }

  /** A study's add-on asks about its study, or wants it over; `undefined` for every other add-on. */
  hear(addonId: string, message: unknown): Promise<{ readonly answer: unknown } | undefined> {
    return this.#enqueue(async () =>
      answerAddon(addonId, message, await this.#workshop.bench(), this.#parts),
    );
  }

  /** The person leaves one study or rollout, for good. */
  leave(key: string): Promise<void> {
    this.#aside(this.#haste.hurry(this.#tail));
    return this.#enqueue(async () => optOut(key, await this.#workshop.bench(), this.#parts.ports));
  }

  /** The person leaves everything: both switches off, every change undone. */
  async leaveAll(): Promise<void> {
    await this.setSwitch("studies_enabled", false);
    await this.setSwitch("rollouts_enabled", false);
  }

  async setSwitch(name: TurnableName, on: boolean): Promise<void> {
    const { ports } = this.#parts;
    // Not in its turn: what goes on now must not go on as if nothing had been said.
    await ports.settings.writeSwitch(name, on);
    this.#aside(this.#haste.heed(this.#tail));
    return this.#enqueue(async () => {
      await this.#obey(await ports.settings.read());
    });
  }

  /** Has something done between runs, never within one. */
  inTurn<T>(job: (bench: Workbench, guard: Guard) => Promise<T>): Promise<T> {
    return this.#enqueue(async () =>
      job(await this.#workshop.bench(), await this.#workshop.guard()),
    );
  }

  /** Every enrolment, and the last run's report as it was stored. */
  async look(): Promise<{
    readonly enrollments: readonly Enrollment[];
    readonly lastRun: unknown;
    /** Keys of enrolments that are out of force since the browser crashed. */
    readonly held: ReadonlySet<string>;
  }> {
    const { ports } = this.#parts;
    const { held } = (await this.#workshop.guard()).record;
    return {
      held: new Set(held.map(({ enrollment }) => enrollment)),
      enrollments: (await this.#workshop.bench()).book.all(),
      lastRun: await ports.store.get(lastReportKey),
    };
  }

  /** The page of a survey says how far it is; the answer is what it is to show, if anything. */
  async heartbeat(word: HeartbeatWord): Promise<Prompt | undefined> {
    // Not in its turn: a person does not wait for a run to end.
    const { heartbeats } = await this.#workshop.bench();
    const prompt = await heartbeats.hear(word, this.#parts.ports.clock.nowMs());
    if (heartbeats.over !== undefined) void this.flush();
    return prompt;
  }

  /** What the switches say holds at once. */
  async #obey(settings: Settings): Promise<void> {
    const wasSilent = this.#haste.takeSilence();
    await obey(settings, wasSilent, await this.#workshop.bench(), this.#parts);
  }

  /** Runs if a run is due, else asks to be woken for the next one. */
  async #runOrWait(settings: Settings, isBrowserStart: boolean): Promise<RunReport | undefined> {
    const { ports } = this.#parts;
    const schedule = await readSchedule(ports.store);
    const nowMs = ports.clock.nowMs();
    const due = dueTrigger(schedule, settings, await this.#buildId(), nowMs, isBrowserStart);
    if (due !== undefined) return this.#run(due);
    await this.#setAlarms(settings);
    return undefined;
  }

  async #run(trigger: Trigger): Promise<RunReport | undefined> {
    const { ports, wakeAt } = this.#parts;
    const settings = await ports.settings.read();
    // Asked for ahead: a run that fails or is killed must not have been the last.
    const ahead = intervalMs(await readSchedule(ports.store), settings);
    await wakeAt("run", ports.clock.nowMs() + ahead);
    const report = await this.#runOnce(trigger, settings);
    await this.#setAlarms(settings);
    return report;
  }

  async #runOnce(trigger: Trigger, settings: Settings): Promise<RunReport | undefined> {
    const { ports, run } = this.#parts;
    const bench = await this.#workshop.bench();
    const guard = await this.#workshop.guard();
    const schedule = await readSchedule(ports.store);
    await writeSchedule(ports.store, { ...schedule, begun: trigger });
    const isFirstRun = schedule.lastRunMs === undefined;
    const settingsNow = (): Settings => this.#haste.by(settings);
    this.#haste.takeGivenUp();
    const report = await run({
      trigger,
      settings,
      settingsNow,
      isFirstRun,
      ports,
      bench,
      guard,
    });
    // Not after every run: a browser that runs often would never have lived long enough.
    if (guard.takeBegun()) await this.#settleLater();
    const { begun: _through, ...rest } = schedule;
    await writeSchedule(ports.store, {
      ...rest,
      ...(this.#haste.takeGivenUp() ? { begun: trigger } : {}),
      ...(report?.pollSeconds === undefined ? {} : { pollSeconds: report.pollSeconds }),
      lastRunMs: ports.clock.nowMs(),
      runNow: settings.runNow,
      lastBuildId: await this.#buildId(),
    });
    if (report !== undefined) {
      await ports.store.set({ [lastReportKey]: report });
      if (settings.devMode) {
        await this.#flush(settings);
        const { runNow } = settings;
        await ports.settings.writeLastRun(JSON.stringify({ ...report, runNow }));
      }
    }
    return report;
  }

  async #flush(settings: Settings): Promise<void> {
    const { telemetry, wakeAt, ports } = this.#parts;
    const bench = await this.#workshop.bench();
    await bench.heartbeats.end(ports.clock.nowMs(), surveyMs);
    const { nextMs } = await telemetry.flush(bench, settings, "periodic");
    await wakeAt("telemetry", nextMs ?? ports.clock.nowMs() + telemetryEveryMs);
  }

  async #setAlarms(settings: Settings): Promise<void> {
    const { ports, wakeAt } = this.#parts;
    const schedule = await readSchedule(ports.store);
    await wakeAt("run", nextRunMs(schedule, settings, ports.clock.nowMs()));
  }

  async #settleLater(): Promise<void> {
    await this.#parts.wakeAt("settled", this.#parts.ports.clock.nowMs() + settleMs);
  }

  async #buildId(): Promise<string> {
    const { buildId, version } = await this.#parts.ports.facts.application();
    return buildId || version;
  }

  /** Does not wait for it, and lets no failure of it go unsaid. */
  #aside(work: Promise<void>): void {
    void work.catch((error: unknown) => {
      this.#parts.ports.log.write("error", "haste failed", { cause: String(error) });
    });
  }

  /** One after the other: two runs at once, or a person leaving amid a run, would see half of a change. */
  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(job);
    this.#tail = result.catch((error: unknown) => {
      this.#parts.ports.log.write("error", "a task of the client failed", { cause: String(error) });
    });
    return result;
  }
}
