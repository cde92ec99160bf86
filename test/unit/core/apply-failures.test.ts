import { beforeEach, describe, expect, test } from "vitest";
import type { NormandyEvent } from "#telemetry/events.ts";
import { apply, ApplyError, applyOrTell } from "#core/apply.ts";
import { EnrollmentBook } from "#core/book.ts";
import type { Plan, Step } from "#core/plan.ts";
import {
  aBench,
  aClaim as claim,
  aRelease as release,
  NotingRecorder,
  servedAddon,
  type TestBench,
} from "#kit/bench.ts";
import { aPublishedAddon } from "#kit/recipes.ts";
import { anAnswer } from "#kit/client.ts";
import { aStudyEnrollment, anAddonEnrollment } from "#kit/situation.ts";

const one = "test.one";
const two = "test.two";
let bench: TestBench;

beforeEach(async () => {
  bench = await aBench({ defaults: { [one]: 1, [two]: 2 } });
});

const save: Step = { do: "save-enrollment", enrollment: aStudyEnrollment() };
const event: NormandyEvent = {
  method: "enroll",
  object: "preference_study",
  value: "s",
  extra: { branch: "b" },
};
const record: Step = { do: "record-event", event };

const failed: NormandyEvent = {
  method: "enrollFailed",
  object: "addon_study",
  value: "reader-study",
  extra: { branch: "b" },
};

describe("an add-on", () => {
  const install = (addon = aPublishedAddon(), replace = false, otherwise: Plan = []): Step => ({
    do: "install-addon",
    addon,
    replace,
    otherwise,
  });
  const active: Step = { do: "save-enrollment", enrollment: anAddonEnrollment() };

  test("is fetched, installed, and then the plan goes on", async () => {
    const addon = servedAddon(bench.network);
    expect(await apply([install(addon), active, record], bench)).toEqual({ kind: "done" });
    expect(bench.trace).toEqual([
      `install ${addon.addon_id} 1.0.0`,
      "store enrollments",
      "event enroll",
      "recorder saved",
    ]);
    expect(bench.addons.installed.get(addon.addon_id)).toMatchObject({ version: "1.0.0" });
  });

  test.each([
    {
      what: "is not there",
      serve: anAnswer("", { status: 404 }),
      detail: "ERROR_NETWORK_FAILURE",
      cause: 404,
    },
    {
      what: "cannot be reached",
      serve: { kind: "unreachable" as const, detail: "" },
      detail: "ERROR_NETWORK_FAILURE",
      cause: "unreachable",
    },
    {
      what: "is shorter than was signed",
      serve: anAnswer("a study add-o"),
      detail: "ERROR_INCORRECT_HASH",
      cause: "size",
    },
    {
      what: "is longer than was signed",
      serve: anAnswer("a study add-on!"),
      detail: "ERROR_INCORRECT_HASH",
      cause: "too-large",
    },
    {
      what: "is other bytes than were signed",
      serve: anAnswer("another addon!"),
      detail: "ERROR_INCORRECT_HASH",
      cause: "sha256",
    },
  ])("that $what is not installed", async ({ serve, detail, cause }) => {
    const reason = "download-failure";
    const addon = servedAddon(bench.network);
    bench.network.on(addon.url, serve);
    const otherwise: Plan = [{ do: "record-event", event: failed }];
    expect(await apply([install(addon, false, otherwise), active, record], bench)).toEqual({
      kind: "refused",
      reason,
    });
    expect(bench.addons.installed.size).toBe(0);
    expect(bench.book.all()).toEqual([]);
    expect(bench.recorder.events).toEqual([{ ...failed, extra: { branch: "b", reason, detail } }]);
    expect(bench.trace.at(-1)).toBe("recorder saved");
    expect(bench.log).toMatchObject([{ level: "warn", fields: { cause } }]);
  });

  test.each([
    {
      what: "in Firefox",
      thrown: Object.assign(new TypeError("/home/jane/x.xpi"), {
        fileName: "moz-extension://0f1e/background.js",
        lineNumber: 1,
        columnNumber: 77,
      }),
      reason: "background.js:1:77 TypeError",
    },
    { what: "elsewhere", thrown: new RangeError("jane"), reason: "RangeError" },
    {
      what: "where no file has a name",
      thrown: Object.assign(new RangeError("jane"), { fileName: "jane/" }),
      reason: "RangeError",
    },
  ])("at which the browser throws is told by place and kind alone $what", async (row) => {
    const addon = servedAddon(bench.network);
    bench.addons.install = () => Promise.reject(row.thrown);
    const key = "addon-study/1";
    const otherwise: Plan = [
      { do: "forget-enrollment", key },
      { do: "record-event", event: failed },
    ];
    const begun = anAddonEnrollment({ state: "installing" });
    const plan: Plan = [
      { do: "save-enrollment", enrollment: begun },
      install(addon, false, otherwise),
      active,
    ];
    await expect(apply(plan, bench)).rejects.toMatchObject({ step: "install-addon" });
    expect(bench.recorder.events).toEqual([
      { ...failed, extra: { branch: "b", reason: row.reason } },
    ]);
    // It may be there or not: the record stays for the next run to find.
    expect(bench.book.all()).toEqual([begun]);
  });

  test("that cannot be removed is told, and the rest is not carried out", async () => {
    const addon = servedAddon(bench.network);
    bench.addons.uninstall = () => Promise.reject(new Error("in use"));
    const event: NormandyEvent = {
      method: "unenrollFailed",
      object: "addon_rollback",
      value: "r",
      extra: {},
    };
    const plan: Plan = [
      {
        do: "uninstall-addon",
        id: addon.addon_id,
        otherwise: [{ do: "record-event", event }],
      },
      active,
      record,
    ];
    await expect(apply(plan, bench)).rejects.toMatchObject({ step: "uninstall-addon" });
    expect(bench.recorder.events).toEqual([{ ...event, extra: { reason: "uninstall-failed" } }]);
    expect(bench.book.all()).toEqual([]);
    expect(bench.trace.at(-1)).toBe("recorder saved");
  });

  test("whose failure alone is told is told durably; one that tells nothing saves nothing", async () => {
    const otherwise: Plan = [{ do: "record-event", event: failed }];
    await apply([install(aPublishedAddon(), false, otherwise)], bench);
    expect(bench.trace).toEqual(["event enrollFailed", "recorder saved"]);
    bench.trace.length = 0;
    await apply([install(aPublishedAddon(), false, [save, ...otherwise])], bench);
    expect(bench.trace).toEqual(["store enrollments", "event enrollFailed", "recorder saved"]);
    bench.trace.length = 0;
    await apply([install(aPublishedAddon(), false, [save])], bench);
    expect(bench.trace).toEqual(["store enrollments"]);
  });

  test("of somebody else's is overwritten only when the plan says that it is ours", async () => {
    const addon = servedAddon(bench.network);
    const theirs = { id: addon.addon_id, version: "0.1", isActive: true };
    bench.addons.installed.set(addon.addon_id, theirs);
    expect(await apply([install(addon)], bench)).toEqual({
      kind: "refused",
      reason: "conflicting-addon-id",
    });
    expect(bench.addons.installed.get(addon.addon_id)).toBe(theirs);
    expect(await apply([install(addon, true)], bench)).toEqual({ kind: "done" });
    expect(bench.addons.installed.get(addon.addon_id)?.version).toBe("1.0.0");
  });

  test("is removed when the plan says so", async () => {
    const addon = servedAddon(bench.network);
    await apply([install(addon), { do: "uninstall-addon", id: addon.addon_id }], bench);
    expect(bench.addons.installed.size).toBe(0);
  });

  test("cannot be installed where the browser lets nobody", async () => {
    const poor = await aBench({ hasAddons: false });
    const addon = servedAddon(poor.network);
    await expect(apply([install(addon), active], poor)).rejects.toMatchObject({
      name: "ApplyError",
      step: "install-addon",
      cause: new Error("this browser lets nobody install an add-on"),
    });
    expect(poor.book.all()).toEqual([]);
    expect(poor.network.asked).toEqual([]);
    expect(await apply([{ do: "uninstall-addon", id: "any" }], poor)).toEqual({ kind: "done" });
  });

  test("is told nothing, and no survey opens, where the browser has neither", async () => {
    const poor = await aBench({ hasAddons: false });
    const { prompts, ...ports } = poor.ports;
    expect(prompts).toBeDefined();
    const notice = { tell: "unenroll", reason: "recipe-not-seen" } as const;
    const plan: Plan = [{ do: "tell-addon", id: "any", notice }, { do: "open-prompt" }];
    expect(await apply(plan, { ...poor, ports })).toEqual({ kind: "done" });
  });
});

describe("a step that fails", () => {
  const broken = new Error("the disk is full");
  const failing = (): TestBench => ({
    ...bench,
    ports: {
      ...bench.ports,
      preferences: {
        ...bench.ports.preferences,
        branches: bench.preferences.branches,
        read: (names) => bench.preferences.read(names),
        journal: () => bench.preferences.journal(),
        write: () => Promise.reject(broken),
      },
    },
  });

  test("stops the rest, names itself, and keeps what was told before it", async () => {
    const plan = [record, claim(one), save];
    const error: unknown = await apply(plan, failing()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApplyError);
    expect(error).toMatchObject({ step: "claim-preference", cause: broken });
    expect((error as Error).message).toContain("1 (claim-preference)");
    expect(bench.book.all()).toEqual([]);
    expect(bench.trace).toEqual(["event enroll", "recorder saved"]);
  });

  test.each(["save-enrollment", "forget-enrollment"] as const)(
    "is noticed when it is to %s, and nothing is told",
    async (step) => {
      const key = "preference-study/tab-study";
      const book = await EnrollmentBook.open(
        {
          get: async () => ({ [key]: aStudyEnrollment() }),
          set: () => Promise.reject(broken),
          remove: () => Promise.reject(broken),
        },
        { write: () => undefined },
      );
      const plan: Plan = [step === "save-enrollment" ? save : { do: step, key }, record];
      await expect(apply(plan, { ...bench, book })).rejects.toMatchObject({ step, cause: broken });
      expect(bench.recorder.events).toEqual([]);
    },
  );

  test("inside what is done otherwise is named as itself, once", async () => {
    const otherwise: Plan = [release(one), record];
    await apply([claim(one)], bench);
    const plan: Plan = [
      { do: "install-addon", addon: aPublishedAddon(), replace: false, otherwise },
    ];
    await expect(apply(plan, failing())).rejects.toMatchObject({
      name: "ApplyError",
      step: "release-preference",
      cause: broken,
    });
    expect(bench.recorder.events).toEqual([]);
  });

  test("of an end is logged, and tried again later", async () => {
    expect(await applyOrTell([claim(one)], failing())).toBe(false);
    expect(bench.log).toEqual([
      {
        level: "error",
        message: "a change could not be ended",
        fields: { cause: "Error: the disk is full" },
      },
    ]);
  });

  test("to tell of an end is not taken for a step that can be tried again", async () => {
    const deaf: TestBench = { ...bench, recorder: new NotingRecorder() };
    deaf.recorder.save = () => Promise.reject(broken);
    await expect(applyOrTell([record], deaf)).rejects.toBe(broken);
  });
});
