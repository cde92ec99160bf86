import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extensionId } from "#kit/firefox.ts";
import { buildProbe, launchProbe, type Probe } from "#kit/probe.ts";

// What is left of a change after a crash, a restart and a removal. One Firefox per test.

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "mulberry-probe-"));
  await buildProbe(dir);
}, 120_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

const write = `({ ports }, changes) => ports.preferences.write(changes)`;
const startup = `({ experiments }) => experiments.mulberryPreferences.startup()`;
/** A preference that every Firefox has, so that its built-in default is a fact. */
const builtIn = "browser.tabs.warnOnOpen";
const record = (name: string): string => `extensions.mulberry.journal.${name}`;

const claims = {
  default: { owner: "rollout", slug: "r", branch: "default", value: false },
  stronger: { owner: "study", slug: "s", branch: "default", value: true },
  user: { owner: "study", slug: "s", branch: "user", value: "on" },
};

async function withProbe(work: (probe: Probe) => Promise<void>): Promise<void> {
  const probe = await launchProbe(dir);
  try {
    await work(probe);
  } finally {
    await probe.firefox.close();
  }
}

describe("a change of preferences", { timeout: 240_000 }, () => {
  test("is on disk with its undo record when the write resolves, whatever happens next", () =>
    withProbe(async ({ firefox }) => {
      // A large file takes long to write, so that a write which resolves too early is caught.
      await firefox.runPrivileged(`() => {
        for (let at = 0; at < 8; at++) Services.prefs.setStringPref("test.ballast." + at, "x".repeat(900_000));
      }`);
      for (let round = 1; round <= 3; round++) {
        const entry = {
          v: 1,
          base: { default: null, user: null },
          claims: [{ ...claims.user, value: round }],
        };
        const page = await firefox.openPage("probe.html");
        await page.run(`(change) => probe.ports.preferences.write([change])`, {
          name: "test.crash",
          user: round,
          journal: entry,
        });
        await firefox.kill();

        const saved = await firefox.savedPrefs();
        expect(saved.get("test.crash")).toBe(round);
        expect(JSON.parse(String(saved.get(record("test.crash"))))).toEqual(entry);
        await firefox.start();
      }
    }));

  test("on the default branch is there again before the background script runs", () =>
    withProbe(async ({ firefox, ask }) => {
      expect(await firefox.getPref(builtIn, "default")).toBe(true);
      const entry = { v: 1, base: { default: true, user: null }, claims: [claims.default] };
      await ask(write, [{ name: builtIn, default: false, journal: entry }]);
      await firefox.setPref(record("test.damaged"), "nonsense");
      await firefox.restart();

      expect(await ask(startup)).toEqual({ applied: 1, damaged: 1, failed: 0 });
      expect(await firefox.getPref(builtIn, "default")).toBe(false);
    }));

  test("shows a study's value over a rollout's after a restart, and learns a new built-in default", () =>
    withProbe(async ({ firefox, ask }) => {
      const entry = {
        v: 1,
        base: { default: false, user: null },
        claims: [claims.default, claims.stronger],
      };
      await ask(write, [{ name: builtIn, default: true, journal: entry }]);
      await firefox.restart();

      expect(await firefox.getPref(builtIn, "default")).toBe(true);
      // The record said `false`; this Firefox is built with `true`.
      expect(JSON.parse(String(await firefox.getPref(record(builtIn))))).toEqual({
        ...entry,
        base: { default: true, user: null },
      });
    }));

  test("on the user branch learns a new built-in default as well", () =>
    withProbe(async ({ firefox, ask }) => {
      const entry = { v: 1, base: { default: false, user: null }, claims: [claims.user] };
      await ask(write, [{ name: builtIn, user: false, journal: entry }]);
      await firefox.restart();
      expect(await firefox.getPref(builtIn)).toBe(false);
      expect(JSON.parse(String(await firefox.getPref(record(builtIn))))).toEqual({
        ...entry,
        base: { default: true, user: null },
      });
    }));

  test("on the default branch knows what the person has set since, on the user branch what was before", () =>
    withProbe(async ({ firefox, ask }) => {
      const base = { default: 1, user: null };
      const onDefault = { v: 1, base, claims: [{ ...claims.stronger, value: 2 }] };
      const onUser = { v: 1, base, claims: [{ ...claims.user, value: 2 }] };
      await ask(write, [
        { name: "test.default", default: 2, journal: onDefault },
        { name: "test.user", default: 1, user: 2, journal: onUser },
      ]);
      for (const value of [3, null, 4]) {
        await firefox.setPref("test.default", value);
        await firefox.setPref("test.user", value);
      }
      const kept = async (name: string): Promise<unknown> =>
        JSON.parse(String(await firefox.getPref(record(name))));
      expect(await kept("test.default")).toEqual({ ...onDefault, base: { default: 1, user: 4 } });
      expect(await kept("test.user")).toEqual(onUser);
    }));

  test("is saved beside a preference of somebody's that is no UTF-8", () =>
    withProbe(async ({ firefox, ask }) => {
      await firefox.runPrivileged(`() => Services.prefs.setCharPref("test.latin1", "\u00fc")`);
      const entry = { v: 1, base: { default: null, user: null }, claims: [claims.user] };
      await ask(write, [{ name: "test.user", user: "on", journal: entry }]);
      expect(await firefox.getPref("test.user")).toBe("on");
    }));

  test.each(["uninstall", "disable"] as const)("is undone by %s, at once", (how) =>
    withProbe(async ({ firefox, ask }) => {
      await enroll(ask);
      await firefox.manageAddon(extensionId, how);
      expect(await state(firefox)).toEqual(before);
      await firefox.restart();
      expect(await state(firefox)).toEqual(before);
    }),
  );

  test("comes back when the person takes the removal back", () =>
    withProbe(async ({ firefox, ask }) => {
      await enroll(ask);
      const enrolled = await state(firefox);
      await firefox.manageAddon(extensionId, "uninstall-undoable");
      expect(await state(firefox)).toEqual(before);
      await firefox.manageAddon(extensionId, "cancel-uninstall");
      expect(await state(firefox)).toEqual(enrolled);
    }));
});

const before = { builtIn: true, user: null, records: [null, null] };

async function enroll(ask: Probe["ask"]): Promise<void> {
  await ask(write, [
    {
      name: builtIn,
      default: false,
      journal: { v: 1, base: { default: true, user: null }, claims: [claims.default] },
    },
    {
      name: "test.user",
      user: "on",
      journal: { v: 1, base: { default: null, user: null }, claims: [claims.user] },
    },
  ]);
}

async function state(firefox: Probe["firefox"]): Promise<unknown> {
  return {
    builtIn: await firefox.getPref(builtIn, "default"),
    user: await firefox.getPref("test.user"),
    records: [await firefox.getPref(record(builtIn)), await firefox.getPref(record("test.user"))],
  };
}
