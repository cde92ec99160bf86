import { beforeEach, describe, expect, test } from "vitest";
import type { NormandyEvent } from "#telemetry/events.ts";
import { apply } from "#core/apply.ts";
import type { Step } from "#core/plan.ts";
import {
  aBench,
  aClaim as claim,
  aRelease as release,
  inBook,
  type TestBench,
} from "#kit/bench.ts";
import { aRolloutEnrollment, aStudyEnrollment } from "#kit/situation.ts";

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

describe("a plan", () => {
  test("is carried out in its order, and what it tells is saved at the end", async () => {
    expect(await apply([claim(one), save, record], bench)).toEqual({ kind: "done" });
    expect(bench.trace).toEqual([
      "write test.one",
      "store enrollments",
      "event enroll",
      "recorder saved",
    ]);
    expect(bench.preferences.stateOf(one).default).toBe(9);
    expect(inBook(bench, aStudyEnrollment())).toEqual(aStudyEnrollment());
    expect(bench.recorder.events).toEqual([event]);
  });

  test("without steps does nothing", async () => {
    expect(await apply([], bench)).toEqual({ kind: "done" });
    expect(bench.trace).toEqual([]);
  });

  test("that tells nothing leaves the recorder to whoever saves it next", async () => {
    await apply([claim(one), save, { do: "log", message: "hello" }], bench);
    expect(bench.trace).not.toContain("recorder saved");
  });

  test("forgets an enrolment when it says so", async () => {
    await apply([save, { do: "forget-enrollment", key: "preference-study/tab-study" }], bench);
    expect(bench.book.all()).toEqual([]);
    expect(bench.trace).toEqual(["store enrollments", "store enrollments"]);
  });

  test("logs what it is to log", async () => {
    await apply([{ do: "log", message: "hello" }], bench);
    expect(bench.log).toEqual([{ level: "info", message: "hello" }]);
  });
});

describe("neighbouring preference steps", () => {
  test("are one write, and those that stand apart are another", async () => {
    await apply([claim(one), claim(two), save, release(one), release(two)], bench);
    expect(bench.trace).toEqual([
      "write test.one test.two",
      "store enrollments",
      "write test.one test.two",
    ]);
  });

  test("on one preference count one upon the other", async () => {
    await apply(
      [claim(one, { owner: "rollout", slug: "r", value: 5 }), claim(one, { value: 9 })],
      bench,
    );
    expect(bench.trace[0]).toBe("write test.one");
    expect(bench.preferences.stateOf(one).default).toBe(9);
    expect((await bench.preferences.journal())[one]).toEqual({
      v: 1,
      base: { default: 1, user: null },
      claims: [
        expect.objectContaining({ owner: "rollout", slug: "r", value: 5 }),
        expect.objectContaining({ owner: "study", slug: "s", value: 9 }),
      ],
    });
  });

  test("that take back what they gave leave everything as it was", async () => {
    await apply([claim(one), release(one)], bench);
    expect(bench.preferences.stateOf(one)).toMatchObject({ default: 1, user: null });
    expect(await bench.preferences.journal()).toEqual({});
  });

  test("that take back what they gave on the user branch leave what the person had", async () => {
    bench.preferences.setByPerson(one, 7);
    await apply([claim(one, { branch: "user" }), release(one)], bench);
    expect(bench.preferences.stateOf(one).user).toBe(7);
    await apply([claim(two, { branch: "user" }), release(two)], bench);
    expect(bench.preferences.stateOf(two).user).toBeNull();
  });

  test("that give after they took claim anew", async () => {
    await apply([claim(one)], bench);
    await apply([release(one), claim(one, { value: 8 })], bench);
    expect(bench.preferences.stateOf(one).default).toBe(8);
    expect((await bench.preferences.journal())[one]?.base.default).toBe(1);
  });

  test("that change nothing write nothing", async () => {
    await apply([release(one)], bench);
    expect(bench.trace).toEqual([]);
  });

  test("leave the person's value alone when they are told so", async () => {
    await apply([claim(one, { branch: "user" })], bench);
    bench.preferences.setByPerson(one, 4);
    await apply([release(one, { keepValue: true })], bench);
    expect(bench.preferences.stateOf(one).user).toBe(4);
    await apply([claim(one, { branch: "user" })], bench);
    await apply([release(one, { keepValue: false })], bench);
    expect(bench.preferences.stateOf(one).user).toBe(4);
  });

  test("work on preferences that bear the names of every object's members", async () => {
    await apply([claim("constructor"), claim("test.new", { branch: "user" })], bench);
    expect(bench.preferences.stateOf("constructor").default).toBe(9);
    expect(bench.preferences.stateOf("test.new")).toMatchObject({ default: null, user: 9 });
    await apply([release("constructor"), release("test.new")], bench);
    expect(bench.preferences.stateOf("test.new").user).toBeNull();
  });
});

describe("a preference that the engine knows nothing of", () => {
  const written: unknown[] = [];
  const silent = (): TestBench => ({
    ...bench,
    ports: {
      ...bench.ports,
      preferences: {
        branches: bench.preferences.branches,
        read: () => Promise.resolve(new Map()),
        journal: () => bench.preferences.journal(),
        write: (changes) => {
          written.push(...changes);
          return bench.preferences.write(changes);
        },
      },
    },
  });
  beforeEach(() => {
    written.length = 0;
  });

  test("is one that holds nothing", async () => {
    await apply([claim("test.unknown")], silent());
    expect((await bench.preferences.journal())["test.unknown"]?.base).toEqual({
      default: null,
      user: null,
    });
  });

  test("is not locked: a study that ends there leaves the person's branch alone", async () => {
    const study = { name: "test.unknown", owner: "study", slug: "s", branch: "user" } as const;
    await apply([claim("test.unknown", study)], silent());
    await apply([release("test.unknown", study)], silent());
    expect(written[1]).toEqual({ name: "test.unknown", journal: null });
  });
});

test("the undo record is written in the same write as the value", async () => {
  const seen: unknown[] = [];
  const watching: TestBench = {
    ...bench,
    ports: {
      ...bench.ports,
      preferences: {
        branches: bench.preferences.branches,
        read: (names) => bench.preferences.read(names),
        journal: () => bench.preferences.journal(),
        write: (changes) => {
          seen.push(...changes);
          return bench.preferences.write(changes);
        },
      },
    },
  };
  await apply([claim(one, { owner: "rollout", slug: aRolloutEnrollment().slug })], watching);
  expect(seen).toEqual([
    {
      name: one,
      default: 9,
      journal: {
        v: 1,
        base: { default: 1, user: null },
        claims: [expect.objectContaining({ owner: "rollout", value: 9 })],
      },
    },
  ]);
});
