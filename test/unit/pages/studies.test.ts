import { describe, expect, test } from "vitest";
import type { ChangeView, PageRequest, StudiesView } from "#core/messages.ts";
import { canLeaveAll, ended, heldBy, running } from "#extension/pages/arrange.ts";
import { request } from "#extension/pages/background-link.ts";
import { readView } from "#extension/pages/read-view.ts";
import { endSentence, runNews } from "#extension/pages/reasons.ts";
import { stands } from "#extension/pages/subject.ts";
import { dayText, whenText } from "#extension/pages/times.ts";
import { leaveAllEffects, switchOffEffects, switchText } from "#extension/pages/switch-wording.ts";
import { hostOf, leaveEffects, valueText, whyText } from "#extension/pages/wording.ts";
import { words } from "#kit/words.ts";
import { unenrollReasons } from "#telemetry/events.ts";

function aChange(overrides: Partial<ChangeView> = {}): ChangeView {
  return {
    key: "preference-study/a",
    kind: "preference-study",
    slug: "a",
    name: "A",
    description: "",
    branch: "control",
    isLive: true,
    startedMs: 1000,
    preferences: [{ name: "a.b", before: 0, value: 1, overridden: false }],
    recipeId: 1,
    told: [],
    ...overrides,
  };
}

function aView(overrides: Partial<StudiesView> = {}): StudiesView {
  return {
    changes: [aChange(), aChange({ key: "preference-rollout/r", kind: "preference-rollout" })],
    enabled: true,
    switches: { studies_enabled: true, rollouts_enabled: true, telemetry_enabled: true },
    administered: [],
    server: "https://mulberry.example.org",
    devMode: false,
    clockDays: 0,
    lastRun: { finishedAt: "2026-11-22T10:00:00.000Z", runner: "success" },
    ...overrides,
  };
}

const off = { studies_enabled: false, rollouts_enabled: false, telemetry_enabled: false };

describe("what the background answers", () => {
  test("is read when it is a view", () => {
    const view = aView({
      changes: [
        aChange({ forced: true, enrollmentId: "x", addon: { id: "a@b", version: "1" } }),
        aChange({ isLive: false, endedMs: 5, endReason: "rollback" }),
      ],
    });
    expect(readView(view)).toEqual(view);
    const held = aView({ administered: ["rollouts_enabled"] });
    expect(readView(held)).toEqual(held);
    expect(readView(aView({ lastRun: null, server: null }))).toMatchObject({ server: null });
  });

  test.each([
    ["nothing", undefined],
    ["no list of changes", { ...aView(), changes: {} }],
    ["a kind that nobody knows", aView({ changes: [{ ...aChange(), kind: "spell" as never }] })],
    ["a switch that is missing", { ...aView(), switches: { studies_enabled: true } }],
    ["a time that is text", aView({ changes: [{ ...aChange(), startedMs: "now" as never }] })],
  ])("is refused when it is %s", (_, answer) => {
    expect(readView(answer)).toBeUndefined();
  });

  const never = new Promise<never>(() => undefined);
  const patient = { nowMs: () => 0, delay: () => never };

  test("reaches the page, and a refusal does so with its words", async () => {
    const asked: PageRequest[] = [];
    const ask = async (message: PageRequest): Promise<unknown> => {
      asked.push(message);
      if (asked.length > 1) throw new Error("no receiving end");
      return aView();
    };
    expect(await request({ ask: "studies" }, { ask, clock: patient }, readView)).toEqual({
      kind: "view",
      view: aView(),
    });
    expect(await request({ ask: "leave-all" }, { ask, clock: patient }, readView)).toEqual({
      kind: "failed",
      detail: "no receiving end",
    });
  });

  test("is not waited for without end, and longer for an order than for a look", async () => {
    const waits: number[] = [];
    const clock = { nowMs: () => 0, delay: async (ms: number) => void waits.push(ms) };
    const ask = (): Promise<unknown> => never;
    expect(await request({ ask: "studies" }, { ask, clock }, readView)).toMatchObject({
      kind: "failed",
    });
    expect(await request({ ask: "leave-all" }, { ask, clock }, readView)).toMatchObject({
      kind: "failed",
    });
    expect(waits[0]).toBeLessThan(Number(waits[1]));
  });
});

describe("the lists", () => {
  const changes = [
    aChange({ key: "old", startedMs: 1 }),
    aChange({ key: "past", startedMs: 2, isLive: false, endedMs: 9 }),
    aChange({ key: "new", startedMs: 7 }),
    aChange({ key: "past-later", startedMs: 3, isLive: false, endedMs: 11 }),
    aChange({ key: "past-undated", startedMs: 10, isLive: false }),
  ];

  test("show what began last first, and of what is over what ended last", () => {
    expect(running(changes).map(({ key }) => key)).toEqual(["new", "old"]);
    expect(ended(changes).map(({ key }) => key)).toEqual(["past-later", "past-undated", "past"]);
  });

  test("keep an order where times are equal", () => {
    const same = ["b", "a", "c"].map((key) => aChange({ key }));
    expect(running(same).map(({ key }) => key)).toEqual(["a", "b", "c"]);
  });

  test("give each switch its own kind", () => {
    const addon = aChange({ key: "addon-study/x", kind: "addon-study" });
    const view = aView({ changes: [...aView().changes, addon] });
    expect(heldBy("studies_enabled", view).map(({ kind }) => kind)).toEqual([
      "addon-study",
      "preference-study",
    ]);
    expect(heldBy("rollouts_enabled", view).map(({ kind }) => kind)).toEqual([
      "preference-rollout",
    ]);
    expect(heldBy("telemetry_enabled", view)).toEqual([]);
  });

  test("offer to leave everything while anything runs or may start", () => {
    expect(canLeaveAll(aView({ switches: off }))).toBe(true);
    expect(canLeaveAll(aView({ changes: [] }))).toBe(true);
    expect(canLeaveAll(aView({ changes: [], switches: off }))).toBe(false);
  });

  test("drop a question whose subject has ended by another hand", () => {
    const subject = { of: "change", key: "preference-study/a" } as const;
    expect(stands(subject, aView())).toBe(true);
    expect(stands(subject, aView({ changes: [aChange({ isLive: false })] }))).toBe(false);
    expect(stands({ of: "switch", name: "studies_enabled" }, aView({ switches: off }))).toBe(false);
  });
});

describe("the reasons", () => {
  test.each([...unenrollReasons, "all-prefs-match", "in-graduation-set"])(
    "say %s as a sentence of its own",
    (endReason) => {
      const sentence = endSentence({ endReason }, words);
      expect(sentence).toMatch(/^[A-Z].*\.$/u);
      expect(sentence).not.toContain(endReason);
    },
  );

  test("differ from each other", () => {
    const sentences = unenrollReasons.map((endReason) => endSentence({ endReason }, words));
    expect(new Set(sentences).size).toBe(unenrollReasons.length);
  });

  test("quote a word that this version does not know, inherited names included", () => {
    expect(endSentence({ endReason: "toString" }, words)).toContain("toString");
    expect(endSentence({ endReason: "new-word" }, words)).toContain("new-word");
    expect(runNews({ finishedAt: "", runner: "constructor" }, words)).toMatchObject({
      tone: "bad",
    });
  });

  test("call only a success good", () => {
    expect(runNews({ finishedAt: "", runner: "success" }, words).tone).toBe("good");
    expect(runNews({ finishedAt: "", runner: "backoff" }, words).tone).toBe("bad");
  });
});

describe("the times", () => {
  const style = { locale: "en-GB", timeZone: "Europe/Berlin" };
  const at = (iso: string): number => Date.parse(iso);
  const now = at("2026-11-22T11:00:00+01:00");

  test.each([
    ["2026-11-22T00:05:00+01:00", "today at 00:05"],
    ["2026-11-21T23:55:00+01:00", "yesterday at 23:55"],
    ["2026-11-21T00:00:00+01:00", "yesterday at 00:00"],
    ["2026-11-20T23:59:00+01:00", "on 20 Nov 2026 at 23:59"],
    ["2026-11-23T09:00:00+01:00", "on 23 Nov 2026 at 09:00"],
  ])("put %s as %s", (iso, text) => {
    expect(whenText(at(iso), now, words, style)).toBe(text);
  });

  test.each([
    ["the clocks went forward", "2026-03-29T00:30:00+01:00", "2026-03-30T00:30:00+02:00"],
    ["the clocks went back", "2026-10-25T00:30:00+02:00", "2026-10-25T23:30:00+01:00"],
  ])("are right about yesterday after %s", (_, then, later) => {
    const isSameDay = then.slice(0, 10) === later.slice(0, 10);
    expect(whenText(at(then), at(later), words, style)).toMatch(
      isSameDay ? /^today/u : /^yesterday/u,
    );
  });

  test("follow the locale and its zone", () => {
    expect(dayText(at("2026-11-22T23:30:00Z"), style)).toBe("23 Nov 2026");
    expect(dayText(now, { locale: "de", timeZone: "UTC" })).toBe("22.11.2026");
  });
});

describe("the words", () => {
  test("promise only what leaving does", () => {
    const two = [
      { name: "a.b", before: null, value: 1, overridden: false },
      { name: "a.c", before: null, value: 1, overridden: false },
      { name: "a.d", before: null, value: 1, overridden: true },
    ];
    const text = leaveEffects(aChange({ preferences: two }), true, words).join("\n");
    expect(text).toContain("2 preferences go back");
    expect(text).toContain("changed yourself stays");
    expect(text).toContain("One message");

    const own = aChange({
      preferences: [{ name: "a.d", before: null, value: 1, overridden: true }],
    });
    expect(leaveEffects(own, false, words).join("\n")).not.toContain("go");
    expect(leaveEffects(own, false, words).join("\n")).toContain("Nothing is sent");
  });

  test("tell an add-on that goes from one that never came", () => {
    const study = aChange({ kind: "addon-study", preferences: [] });
    expect(leaveEffects(study, true, words)[0]).toContain("No add-on");
    const withAddon = { ...study, addon: { id: "a@b", version: "1" } };
    expect(leaveEffects(withAddon, true, words)[0]).toBe("Its add-on is removed.");
  });

  test("ask before a switch ends something, and only then", () => {
    expect(switchOffEffects("studies_enabled", aView(), words)?.[0]).toBe(
      "“A” ends now, and what it changed is put back.",
    );
    expect(switchOffEffects("studies_enabled", aView({ changes: [] }), words)).toBeUndefined();
    expect(switchOffEffects("telemetry_enabled", aView(), words)).toBeUndefined();
  });

  test("count what leaving everything ends", () => {
    expect(leaveAllEffects(aView(), words)[0]).toContain("2 changes end now");
    expect(leaveAllEffects(aView({ changes: [aChange()] }), words)[0]).toContain(
      "1 change ends now",
    );
    expect(leaveAllEffects(aView({ changes: [] }), words)[0]).toContain("Nothing runs now");
  });

  test("say of every switch how it stands", () => {
    for (const name of ["studies_enabled", "rollouts_enabled", "telemetry_enabled"] as const) {
      expect(switchText(name, aView(), words)).toMatch(/^On: /u);
      expect(switchText(name, aView({ switches: off }), words)).toMatch(/^Off: /u);
    }
  });

  test("say of a switch that an administrator holds who holds it", () => {
    const view = aView({ administered: ["studies_enabled", "telemetry_enabled"] });
    const isOff = { ...view, switches: off };
    expect(switchText("studies_enabled", isOff, words)).toBe(
      "Off: an administrator of this browser has switched studies off.",
    );
    expect(switchText("telemetry_enabled", view, words)).toBe(
      "On: an administrator of this browser keeps reports on.",
    );
    expect(switchText("rollouts_enabled", isOff, words)).not.toContain("administrator");
  });

  test("show values so that text cannot pass for a number", () => {
    expect(["10", 10, true, ""].map(valueText)).toEqual(['"10"', "10", "true", '""']);
  });

  test("name the server's host, and do without where there is none", () => {
    expect(hostOf("http://127.0.0.1:8000")).toBe("127.0.0.1:8000");
    expect(whyText(aChange(), "https://mulberry.example.org/path", words)).toBe(
      "This browser matched recipe 1 from mulberry.example.org.",
    );
    expect(whyText(aChange(), null, words)).toBe("This browser matched recipe 1.");
  });
});
