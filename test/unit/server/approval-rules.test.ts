import { describe, expect, test } from "vitest";
import {
  approvalRefusal,
  decisionRefusal,
  requestRefusal,
  type Waiting,
} from "#server/authoring/approval-rules.ts";
import { allowed, allowedWithoutToken, roles, scopes } from "#server/authoring/roles.ts";
import { sha256 } from "#server/publish/hash.ts";

const body = '{"name":"a"}';
const hash = sha256(body);

describe("a request that waits", () => {
  test("can be decided by whoever has looked at its very text", () => {
    for (const seen of [undefined, hash]) expect(decisionRefusal(waiting(), seen)).toBeUndefined();
    expect(approvalRefusal(waiting(), "otto")).toBeUndefined();
  });

  test.each([
    { when: "it is decided already", change: { state: "rejected" }, code: "approval/decided" },
    { when: "it is void", change: { state: "void" }, code: "approval/decided" },
    { when: "it names another text", change: { sha256: "x" }, code: "approval/outdated" },
  ] as const)("cannot where $when", ({ change, code }) => {
    const { request } = waiting();
    const changed = waiting({ request: { ...request, ...change } });
    expect(decisionRefusal(changed, undefined)).toMatchObject({ code });
  });

  test("cannot where the recipe has a newer revision", () => {
    const { recipe } = waiting();
    const edited = waiting({ recipe: { ...recipe, latest: 4 } });
    expect(decisionRefusal(edited, hash)).toMatchObject({ code: "approval/outdated" });
  });

  test("cannot where the stored text is not what its hash says", () => {
    const { revision } = waiting();
    const damaged = waiting({ revision: { ...revision, body: '{"name":"b"}' } });
    expect(decisionRefusal(damaged, hash)).toMatchObject({ code: "approval/outdated" });
  });

  test("cannot by who has looked at something else", () => {
    expect(decisionRefusal(waiting(), "x")).toMatchObject({
      code: "approval/other-content",
      at: "/sha256",
    });
  });

  test.each(["ines", "rita"])("is not approved by %s, who wrote it or asked for it", (name) => {
    expect(approvalRefusal(waiting(), name)).toMatchObject({ code: "approval/own-work" });
  });

  test("is not approved where it is live already", () => {
    const { recipe } = waiting();
    const live = waiting({ recipe: { ...recipe, live: 3 } });
    expect(approvalRefusal(live, "otto")).toMatchObject({ code: "recipe/live-already" });
  });
});

test("a recipe is asked for while its newest revision is not live and nothing waits", () => {
  const { recipe, request } = waiting();
  expect(requestRefusal(recipe, undefined)).toBeUndefined();
  expect(requestRefusal({ ...recipe, live: 2 }, undefined)).toBeUndefined();
  expect(requestRefusal({ ...recipe, live: 3 }, undefined)?.code).toBe("recipe/live-already");
  expect(requestRefusal(recipe, request)?.code).toBe("approval/pending");
});

describe("what somebody may do", () => {
  test("is what the role and the token both let them", () => {
    expect(allowed("approver", ["approve", "people"])).toEqual(["approve"]);
    expect(allowed("viewer", ["write"])).toEqual([]);
  });

  test("never holds both ends: who lets people in neither writes nor approves", () => {
    for (const granted of Object.values(roles)) {
      const may: readonly string[] = granted;
      expect(may).toContain("read");
      expect(may.includes("people") && (may.includes("write") || may.includes("approve"))).toBe(
        false,
      );
    }
    expect(new Set(Object.values(roles).flat()).size).toBe(Object.keys(scopes).length);
  });

  test("without a token is to look and to stop, and what nobody else could do yet", () => {
    expect(allowedWithoutToken({ hasPeople: true, hasAdmin: true })).toEqual(["read", "stop"]);
    expect(allowedWithoutToken({ hasPeople: true, hasAdmin: false })).toContain("people");
    expect(allowedWithoutToken({ hasPeople: true, hasAdmin: false })).not.toContain("write");
    expect(allowedWithoutToken({ hasPeople: false, hasAdmin: false })).toEqual([
      "read",
      "stop",
      "write",
      "people",
    ]);
  });
});

/** Ines wrote revision 3, Rita asked for it. */
function waiting(change: Partial<Waiting> = {}): Waiting {
  return {
    request: {
      id: 1,
      recipeId: 7,
      revision: 3,
      sha256: hash,
      requester: "rita",
      createdMs: 1,
      state: "pending",
      decider: null,
      comment: "",
      decidedMs: null,
    },
    recipe: { id: 7, slug: "a", latest: 3, live: null, createdMs: 1, endedMs: null },
    revision: {
      number: 3,
      recipeId: 7,
      revisionId: "3",
      slug: "a",
      name: "A",
      action: "console-log",
      parent: null,
      author: "ines",
      comment: "",
      createdMs: 1,
      sha256: hash,
      contentSha256: "c",
      body,
    },
    ...change,
  };
}
