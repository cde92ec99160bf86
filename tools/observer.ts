import type { LogFields } from "#server/observe/log.ts";
import type { StoredEvent } from "#server/ingest/reader.ts";
import type { RunningServer } from "#server/main.ts";
import type { RecipeStore } from "#server/store/ports.ts";
import { preferencesOf } from "#recipes/conflicts.ts";
import { parseJson } from "#recipes/json.ts";
import { parseRecipe } from "#recipes/parse.ts";
import { setTimeout as delay } from "node:timers/promises";
import {
  firstMissing,
  type Missing,
  type Observations,
  parseEvents,
  parseLastRun,
} from "./cycle.ts";
import { line, lineOfEvent, lineOfRequest, type NamedRecipe } from "./live-view.ts";
import type { OwnFirefox, PreferenceOnShow } from "./start-up.ts";

const lastRunPreference = "extensions.mulberry.last_run";
/** How often the store is asked for a new manifest, and a cycle for its next step, in milliseconds. */
const lookEveryMs = 250;

export type Outcome =
  | {
      readonly missing: Missing;
      /** Why it was not waited for any longer. */
      readonly why: string;
    }
  | {
      readonly missing?: undefined;
      readonly events: readonly StoredEvent[];
      readonly published: NonNullable<Observations["published"]>;
    };

/** Sees what happens in a server that this process runs, tells a person, and remembers it. */
export class Observer {
  readonly #say: (text: string) => void;
  readonly #startedAt = new Date().toISOString();
  readonly #closing = new AbortController();
  readonly #stored: StoredEvent[] = [];
  #published: Observations["published"];
  #bundles = 0;
  #submissions = 0;
  #watching: Promise<void> = Promise.resolve();

  /** @param say - prints one line */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Takes in one answered request. */
  request(fields: LogFields): void {
    const { path, code } = fields;
    if (code === 200 && path === "/v2/bundle.json") this.#bundles += 1;
    if (code === 200 && path === "/submit/") this.#submissions += 1;
    // The own question for the events is no news.
    if (path === eventsPath) return;
    const text = lineOfRequest(fields, this.#published?.recipes ?? []);
    if (text !== undefined) this.#say(text);
  }

  /** Begins to watch what is published and what is received; resolves when what is there is known. */
  async watch(server: Pick<RunningServer, "ingest">, store: RecipeStore): Promise<void> {
    const end = server.ingest.onEvent((event) => {
      this.#stored.push(event);
      this.#say(lineOfEvent(event, this.#published?.recipes ?? []));
    });
    this.#closing.signal.addEventListener("abort", end);
    await this.#lookAtStore(store);
    this.#watching = this.#keepLooking(store);
  }

  /**
   * Waits for one whole cycle.
   * @param limitMs - when to give up
   * @param ended - resolves when the browser is gone or a person wants an end
   */
  async throughCycle(
    running: { readonly server: RunningServer; readonly firefox: OwnFirefox },
    limitMs: number,
    ended: Promise<unknown>,
  ): Promise<Outcome> {
    const deadline = performance.now() + limitMs;
    const over = new AbortController();
    void ended.then(() => {
      over.abort();
    });
    for (;;) {
      const seen = await this.#observe(running, over.signal);
      const missing = firstMissing(seen);
      if (missing === undefined && seen.published !== undefined) {
        return { events: seen.readBack, published: seen.published };
      }
      const found = missing ?? notPublished;
      if (found.isFinal) return { missing: found, why: "waiting does not change that" };
      if (over.signal.aborted) return { missing: found, why: "the browser ended" };
      if (performance.now() > deadline) {
        return { missing: found, why: `waited ${limitMs / 1000} s` };
      }
      await delay(lookEveryMs);
    }
  }

  /** The preferences that the recipes which are live may touch, sorted. */
  async preferenceNames(store: RecipeStore): Promise<readonly string[]> {
    const revisions = await store.liveRevisions();
    const names = revisions.flatMap(({ body }) => preferencesOf(parseRecipe(parseJson(body))));
    return [...new Set(names)].sort();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
  }

  async #observe(
    { server, firefox }: { readonly server: RunningServer; readonly firefox: OwnFirefox },
    over: AbortSignal,
  ): Promise<Observations> {
    const preferences: Readonly<Record<string, PreferenceOnShow>> = over.aborted
      ? {}
      : await firefox.preferences([lastRunPreference]);
    return {
      published: this.#published,
      bundles: this.#bundles,
      submissions: this.#submissions,
      lastRun: parseLastRun(preferences[lastRunPreference]?.value),
      stored: this.#stored,
      readBack: await this.#readBack(server.url),
    };
  }

  /** As any other program gets them; what earlier starts on this data folder left is not ours. */
  async #readBack(url: string): Promise<readonly StoredEvent[]> {
    const answer = await fetch(`${url}${eventsPath}`);
    const body: unknown = await answer.json();
    return parseEvents(body).filter(({ receivedAt }) => receivedAt >= this.#startedAt);
  }

  async #keepLooking(store: RecipeStore): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      // Rejected by the end of the watch, and by nothing else.
      await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.#lookAtStore(store);
    }
  }

  async #lookAtStore(store: RecipeStore): Promise<void> {
    const latest = await store.latestPublication();
    if (latest === undefined || latest.n === this.#published?.n) return;
    const recipes: readonly NamedRecipe[] = (await store.liveRevisions()).map(
      ({ recipeId, slug, sha256 }) => ({ id: recipeId, slug, sha256 }),
    );
    this.#published = { n: latest.n, recipes };
    const slugs = recipes.map(({ slug }) => slug).join(", ");
    this.#say(line("published", `manifest ${latest.n}: ${slugs}`));
  }
}

const notPublished = { step: "published", lacks: "no manifest was published", isFinal: false };
const eventsPath = "/api/v1/events/";
