import { MemoryFacts } from "#core/memory.ts";
import type { Client } from "#core/client.ts";
import { inspect } from "#core/inspect.ts";
import { Inspector } from "#core/inspector.ts";
import type { Network, PreferenceEngine, SettingsReader } from "#core/ports.ts";
import { QaSettings } from "#core/qa.ts";
import { parseSafeRecord } from "#core/safe-mode.ts";
import { actions } from "#actions/index.ts";
import { parseSettings } from "#extension/platform/settings.ts";
import { serverUrl, type World } from "../client.ts";
import { type LastRun, parseReport } from "../stage.ts";
import type { BrowserAtFirst } from "./stage.ts";

/** So often a browser that crashes as it starts is started again. */
const mostStarts = 12;
/** A limit is reached by nothing that takes no time; what is shorter is a moment. */
const shortestLimitMs = 4_000;

/** A browser from its start to its end; a new one is made for the next start. */
interface Session {
  readonly client: Client;
  readonly inspector: Inspector;
  /** Resolves when the browser crashes. */
  readonly death: Promise<"dead">;
}

/** A browser made of maps that starts, ends and crashes, with the client in it as `background.ts` puts it together. */
export class MemoryBrowser {
  readonly #world: World;
  readonly #network: Network;
  /** The extension's own preferences, by the rest of their name. */
  readonly own: Record<string, unknown>;
  /** What the next start is built with, and what filters see from then on. */
  builtIn: BrowserAtFirst["builtIn"];
  facts: BrowserAtFirst["facts"];
  /** Setting this one crashes it. */
  crashesAt: string | null = null;
  lastRun: LastRun | undefined;
  #starts = 0;
  #session: Session | undefined;

  constructor({ builtIn, facts, userId }: BrowserAtFirst, world: World, network: Network) {
    this.#world = world;
    this.#network = network;
    this.builtIn = builtIn;
    this.facts = facts;
    this.own = { dev_mode: true, user_id: userId };
  }

  /** `undefined` while it is closed. */
  get client(): Client | undefined {
    return this.#session?.client;
  }

  async start(): Promise<void> {
    this.#begin();
    await this.live(({ client }) => client.start());
  }

  /** @param isClean - whether it ends as a person ends it */
  end(isClean: boolean): void {
    const { beacon } = this.#world;
    if (isClean) beacon.text = JSON.stringify({ ...parseSafeRecord(beacon.text), isClean });
    this.#session = undefined;
  }

  /** Does something in the browser; where that crashes it, it is started again, as often as it takes. */
  async live(work: (session: Session) => Promise<unknown>): Promise<void> {
    let under: Promise<unknown> = work(this.#now);
    for (let starts = 0; starts < mostStarts; starts += 1) {
      if ((await Promise.race([under, this.#now.death])) !== "dead") return;
      this.#begin();
      under = this.#now.client.start();
    }
    throw new Error(`the browser crashed ${String(mostStarts)} times`);
  }

  get #now(): Session {
    if (this.#session === undefined) throw new Error("the browser does not run");
    return this.#session;
  }

  /** As a browser starts: the default branch is the build's again, and nobody remembers anything but what is stored. */
  #begin(): void {
    this.#starts += 1;
    const { preferences, store, ports, clock } = this.#world;
    if (this.#starts > 1) preferences.restart(this.builtIn);
    const settings = this.#settings();
    const qa = new QaSettings({ settings, store, preferences });
    let die: (how: "dead") => void = () => undefined;
    const death = new Promise<"dead">((resolve) => (die = resolve));
    const own = {
      ...ports,
      network: this.#network,
      settings: { ...settings, read: () => qa.read() },
      preferences: this.#mortal(preferences, () => {
        die("dead");
      }),
      facts: new MemoryFacts({
        locale: "en-US",
        version: "153.0",
        ...this.facts,
        sessionStart: this.#starts,
      }),
      clock: {
        nowMs: () => clock.nowMs(),
        monotonicMs: () => clock.monotonicMs(),
        delay: (ms: number) =>
          new Promise<void>((resolve) => ms < shortestLimitMs && setImmediate(resolve)),
      },
    };
    const client = this.#world.client(own);
    const pinnedRoot = this.#world.authority.root;
    const inspector = new Inspector({
      client,
      qa,
      ports: own,
      inspect: (needs) => inspect({ ...needs, actions, pinnedRoot }),
    });
    this.#session = { client, inspector, death };
  }

  #settings(): SettingsReader {
    return {
      read: () => Promise.resolve(parseSettings(this.own, serverUrl)),
      writeUserId: (id) => {
        this.own["user_id"] = id;
        return Promise.resolve();
      },
      writeSwitch: (name, on) => {
        this.own[name] = on;
        return Promise.resolve();
      },
      writeLastRun: (json) => {
        this.lastRun = parseReport(json);
        return Promise.resolve();
      },
    };
  }

  /** The same preferences, in a browser that dies of one of them. */
  #mortal(preferences: World["preferences"], die: () => void): PreferenceEngine {
    return {
      branches: preferences.branches,
      read: (names) => preferences.read(names),
      journal: () => preferences.journal(),
      write: (changes) => {
        const isFatal = changes.some(
          ({ name, journal }) => name === this.crashesAt && journal !== null,
        );
        if (!isFatal) return preferences.write(changes);
        die();
        return new Promise(() => undefined);
      },
    };
  }
}
