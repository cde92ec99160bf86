import path from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Impostor, openImpostor } from "#kit/impostor.ts";
import { parseSafeRecord } from "#core/safe-mode.ts";
import { randomOf } from "#kit/filters.ts";
import { extensionId } from "#kit/firefox.ts";
import {
  aConsoleLog,
  anAddonStudy,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import { faults, isLive, names, readBrowser, type Sight, sight } from "#kit/whole-browser.ts";

// Firefox killed with SIGKILL, and its background page stopped, at any moment while it enrols and
// leaves. `KILL_ROUNDS` and `KILL_SEED` ask for more rounds and for the same ones again.

const rounds = Number(process.env["KILL_ROUNDS"] ?? 2);
const seed = Number(process.env["KILL_SEED"] ?? Date.now() % 1_000_000);

const addonFolder = path.join(import.meta.dirname, "../fixtures/study-addon");

describe("a browser that is ended at any moment", () => {
  const random = randomOf(seed);
  let stage: Stage;
  let impostor: Impostor;
  let apiId: number;
  let round = 0;
  /** How long a whole run takes here, in milliseconds. */
  let usualMs = 0;

  beforeAll(async () => {
    stage = await openStage();
    await stage.nextRun(undefined);
    apiId = await stage.addAddon(addonFolder);
    await stage.firefox.setPref("test.kills.mine", "mine");
    // The server knows itself by another address, under which the study add-on is not to be kept away.
    impostor = await openImpostor(stage.server.url);
    await stage.firefox.setPref("extensions.mulberry.server_url", impostor.url);
    await enroll();
    const startedAt = performance.now();
    await stage.run();
    usualMs = performance.now() - startedAt;
    await publishNothing();
    await stage.run();
    expect(faults(await look())).toEqual([]);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await impostor[Symbol.asyncDispose]();
  });

  async function look(): Promise<Sight> {
    const browser = await stage.firefox.runPrivileged(readBrowser, names);
    const page = await stage.firefox.openPage("pages/studies.html");
    const enrollments = await page.run(
      `async () => Object.values((await browser.storage.local.get("enrollments")).enrollments ?? {})`,
    );
    return v.parse(sight, { ...Object(browser), enrollments });
  }

  /** Publishes studies that this browser was never in, one of each kind, and a rollout. */
  async function enroll(): Promise<void> {
    round += 1;
    const id = round * 10;
    const one = (slug: string, preferences: Parameters<typeof branch>[0], at: number) =>
      aPreferenceStudy({
        id: id + at,
        arguments: { slug: `${slug}-${String(round)}`, branches: [branch(preferences)] },
      });
    await stage.publish([
      one("default", { "browser.sessionhistory.max_entries": aStudyPreference(30) }, 1),
      one(
        "user",
        {
          "test.kills.mine": aStudyPreference("ours", "user"),
          "test.kills.nobodys": aStudyPreference("ours", "user"),
        },
        2,
      ),
      aRollout({
        id: id + 3,
        arguments: {
          slug: `rollout-${String(round)}`,
          preferences: [{ preferenceName: "findbar.highlightAll", value: true }],
        },
      }),
      anAddonStudy({
        id: id + 4,
        arguments: {
          slug: `addon-${String(round)}`,
          branches: [{ slug: "with", ratio: 1, extensionApiId: apiId }],
        },
      }),
    ]);
  }

  const branch = (preferences: Record<string, ReturnType<typeof aStudyPreference>>) => ({
    slug: "only",
    ratio: 1,
    preferences,
  });

  /** Publishes a set in which everything ends. */
  async function publishNothing(): Promise<void> {
    await stage.publish([
      aConsoleLog({ id: round * 10 + 8 }),
      aRollback({ id: round * 10 + 9, arguments: { rolloutSlug: `rollout-${String(round)}` } }),
    ]);
  }

  async function askToRun(): Promise<void> {
    const asked = Math.floor(random() * 2 ** 30) + 1_000;
    await stage.firefox.setPref("extensions.mulberry.run_now", asked);
  }

  function expectWhole(seen: Sight, what: "enrolled" | "left", at: string): void {
    expect(faults(seen), at).toEqual([]);
    expect(seen.enrollments.filter(isLive), at).toHaveLength(what === "enrolled" ? 4 : 0);
  }

  test(
    `with SIGKILL owes nothing and is owed nothing (seed ${String(seed)})`,
    {
      timeout: 60_000 + rounds * 60_000,
    },
    async () => {
      for (let turn = 0; turn < rounds; turn += 1)
        for (const what of ["enrolled", "left"] as const) {
          await (what === "enrolled" ? enroll() : publishNothing());
          const afterMs = Math.floor(random() * usualMs * 1.2);
          const at = `seed ${String(seed)}, turn ${String(turn)}, ${what}, ${String(afterMs)} ms`;
          await askToRun();
          await new Promise((done) => setTimeout(done, afterMs));
          await stage.firefox.kill();
          // First without a server: what a kill left is mended from what the browser itself knows.
          impostor.play(/^\/v2\//u, (response) => {
            response.writeHead(500);
            response.end();
          });
          await stage.firefox.start();
          const alone = await untilRun();
          expect(alone, at).toBe("server_error");
          expect(
            (await faultsAlone()).filter((fault) => !isPending(fault)),
            at,
          ).toEqual([]);
          impostor.behave();
          await stage.run();
          expectWhole(await look(), what, at);
        }
    },
  );

  /** What a start without a server leaves to the next run. */
  const isPending = (fault: string): boolean => /^(half enrolled|add-on: true)/u.test(fault);

  /**
   * Two kills in a row look like two crashes that nobody alone is to blame for: what is kept out of force until
   * there is another set (docs/safe-mode.md) is no fault.
   */
  async function faultsAlone(): Promise<readonly string[]> {
    const record = parseSafeRecord(await stage.firefox.getPref("extensions.mulberry.safe_mode"));
    const held = new Set(record.held.map(({ enrollment }) => enrollment));
    const seen = await look();
    const enrollments = seen.enrollments.filter(({ kind, slug }) => !held.has(`${kind}/${slug}`));
    const journal = Object.fromEntries(
      Object.entries(seen.journal).map(([name, { claims }]) => [
        name,
        { claims: claims.filter(({ owner, slug }) => !held.has(`preference-${owner}/${slug}`)) },
      ]),
    );
    return faults({ ...seen, enrollments, journal });
  }

  /** Waits for the run that every start begins, and tells how it ended. */
  async function untilRun(): Promise<string> {
    const before = performance.now();
    for (;;) {
      const json = await stage.firefox.getPref("extensions.mulberry.last_run");
      const report = v.safeParse(
        v.looseObject({ runner: v.string(), trigger: v.string() }),
        JSON.parse(typeof json === "string" ? json : "{}"),
      );
      if (report.success && report.output.runner === "server_error") return report.output.runner;
      if (performance.now() - before > 30_000) return JSON.stringify(json);
      await new Promise((done) => setTimeout(done, 25));
    }
  }

  test(
    `with its background page stopped ends where it would have ended (seed ${String(seed)})`,
    {
      timeout: 60_000 + rounds * 60_000,
    },
    async () => {
      for (let turn = 0; turn < rounds * 2; turn += 1)
        for (const what of ["enrolled", "left"] as const) {
          await (what === "enrolled" ? enroll() : publishNothing());
          const at = `seed ${String(seed)}, turn ${String(turn)}, ${what}`;
          await askToRun();
          for (let stops = 0; stops < 2; stops += 1) {
            await new Promise((done) => setTimeout(done, Math.floor(random() * usualMs)));
            await stage.firefox.runPrivileged(
              `async (id) => {
              await WebExtensionPolicy.getByID(id).extension.terminateBackground({ disableResetIdleForTest: true });
            }`,
              extensionId,
            );
            await stage.firefox.setPref("extensions.mulberry.logging.level", 51 + stops);
          }
          await stage.run();
          expectWhole(await look(), what, at);
        }
      const told = (await stage.events("normandy")).map(
        ({ method, object, value: slug, extra }) =>
          `${method} ${object} ${String(slug)} ${String(extra?.["enrollmentId"])}`,
      );
      expect(told.filter((line, index) => told.indexOf(line) !== index)).toEqual([]);
    },
  );
});
