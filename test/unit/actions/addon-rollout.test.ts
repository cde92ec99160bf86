import { describe, expect, test } from "vitest";
import { addonRollout } from "#actions/addon-rollout.ts";
import type { Situation } from "#core/action.ts";
import { anAddonRollout, aPublishedAddon } from "#kit/recipes.ts";
import {
  aMatch,
  aMiss,
  anAddonEnrollment,
  anAddonRolloutEnrollment,
  aSituation,
  aStudyEnrollment,
  freshId,
  installed,
  keptId,
  nowMs,
} from "#kit/situation.ts";

const addon = aPublishedAddon();
const key = "addon-rollout/quiet-reader";
const decide = (situation: Partial<Situation> = {}, recipe = anAddonRollout()) =>
  addonRollout.decide(aMatch(recipe), aSituation(situation));
const bringing = (said: Parameters<typeof aPublishedAddon>[0]) =>
  anAddonRollout({ revision_id: "2", arguments: { addon: aPublishedAddon(said) } });
const newer = bringing({ version: "1.10.0" });
const told = (method: string, extra: object) => ({
  do: "record-event",
  event: { method, object: "addon_rollout", value: "quiet-reader", extra },
});
const refused = (reason: string, method: string, extra: object) => ({
  plan: [told(method, { reason, ...extra })],
  status: "apply_error",
  reason,
});

const missed = [
  { suitability: "signature-error", status: "signature_error" },
  { suitability: "download-error", status: "download_error" },
  { suitability: "capabilities-mismatch", status: "backoff" },
  { suitability: "arguments-invalid", status: "content_error" },
  { suitability: "filter-error", status: "content_error" },
  { suitability: "filter-mismatch", status: "backoff" },
] as const;

test("looks at its add-on, where the server wrote one in", () => {
  expect(addonRollout.needs(anAddonRollout())).toEqual({ addons: [addon.addon_id] });
  const { addon: _none, ...said } = anAddonRollout().arguments;
  expect(addonRollout.needs({ ...anAddonRollout(), arguments: said })).toEqual({ addons: [] });
});

describe("a client that matches", () => {
  const enrollment = anAddonRolloutEnrollment({
    enrollmentId: freshId,
    enrolledAtMs: nowMs,
    filter: "",
    lastSeenMs: nowMs,
  });

  test("is recorded, gets the add-on, is recorded again, and that is told", () => {
    expect(decide()).toEqual({
      status: "success",
      reason: "enrolled",
      plan: [
        { do: "save-enrollment", enrollment: { ...enrollment, state: "installing" } },
        {
          do: "install-addon",
          addon,
          replace: false,
          otherwise: [{ do: "forget-enrollment", key }, told("enrollFailed", {})],
        },
        { do: "save-enrollment", enrollment },
        told("enroll", {
          addonId: addon.addon_id,
          addonVersion: "1.0.0",
          enrollmentId: freshId,
        }),
      ],
    });
  });

  test("has what was left of ours replaced", () => {
    const { plan } = decide({ addons: installed({ version: "0.9" }) });
    expect(plan[1]).toMatchObject({ do: "install-addon", replace: true });
  });

  test("is refused when the server did not write the add-on in", () => {
    const { addon: _none, ...said } = anAddonRollout().arguments;
    expect(decide({}, { ...anAddonRollout(), arguments: said })).toEqual(
      refused("metadata-mismatch", "enrollFailed", {}),
    );
  });

  test.each([
    { rival: anAddonRolloutEnrollment({ slug: "rival" }), slug: "rival" },
    { rival: anAddonRolloutEnrollment({ slug: "rival", state: "installing" }), slug: "rival" },
    { rival: anAddonEnrollment(), slug: "reader-study" },
  ])("is refused when the $rival.state $rival.kind $slug has that add-on", ({ rival, slug }) => {
    const situation = { enrollments: [rival], addons: installed() };
    expect(decide(situation)).toEqual(
      refused("conflict", "enrollFailed", { addonId: addon.addon_id, conflictingSlug: slug }),
    );
  });

  test.each([
    anAddonRolloutEnrollment({ slug: "rival", state: "rolled-back" }),
    anAddonEnrollment({ state: "ended" }),
    anAddonEnrollment({ addon: null }),
    anAddonRolloutEnrollment({ slug: "rival", addon: aPublishedAddon({ addon_id: "o@x" }) }),
    aStudyEnrollment(),
  ])("minds no $state $kind of another add-on, or of the past", (other) => {
    expect(decide({ enrollments: [other] }).reason).toBe("enrolled");
  });

  test.each(["0.1", "1.0.0"])("never touches the person's own of version %s", (version) => {
    const theirs = installed({ version, isOurs: false });
    expect(decide({ addons: theirs })).toEqual(
      refused("conflict", "enrollFailed", { addonId: addon.addon_id }),
    );
  });

  test("is refused when a newer one is there, whoever put it there", () => {
    for (const isOurs of [true, false])
      expect(decide({ addons: installed({ version: "1.0.1", isOurs }) })).toEqual(
        refused("upgrade-required", "enrollFailed", {}),
      );
  });

  test.each(missed)("not, is left as it is by $suitability", ({ suitability, status }) => {
    const situation = aSituation({ enrollments: [anAddonRolloutEnrollment()] });
    expect(addonRollout.decide(aMiss(suitability, anAddonRollout()), situation)).toEqual({
      plan: [],
      status,
      reason: suitability,
    });
  });
});

describe("a rollout that runs", () => {
  const before = anAddonRolloutEnrollment();
  const enrollments = [before];

  test("does nothing while the version is the same, also when the person removed the add-on", () => {
    const nothing = { plan: [], status: "success", reason: "active" };
    expect(decide({ enrollments, addons: installed() })).toEqual(nothing);
    expect(decide({ enrollments })).toEqual(nothing);
    // As versions go.
    expect(decide({ enrollments }, bringing({ version: "1.0" }))).toEqual(nothing);
  });

  test.each([
    { addons: installed(), replace: true, who: "over the one before" },
    { addons: new Map(), replace: false, who: "again where the person removed it" },
  ])("brings another version $who, keeps its ID, and tells", ({ addons, replace }) => {
    const updated = anAddonRolloutEnrollment({
      addon: aPublishedAddon({ version: "1.10.0" }),
      revision: "2",
      lastSeenMs: nowMs,
    });
    expect(decide({ enrollments, addons }, newer)).toEqual({
      status: "success",
      reason: "updated",
      plan: [
        {
          do: "install-addon",
          addon: updated.addon,
          replace,
          otherwise: [told("updateFailed", { enrollmentId: keptId })],
        },
        { do: "save-enrollment", enrollment: updated },
        told("update", {
          addonId: addon.addon_id,
          addonVersion: "1.10.0",
          enrollmentId: keptId,
        }),
      ],
    });
  });

  test.each([
    {
      reason: "addon-id-changed",
      recipe: bringing({ addon_id: "other@mulberry.example", version: "2" }),
      addons: installed(),
    },
    {
      reason: "addon-id-changed",
      // Of another add-on, no version is the same.
      recipe: bringing({ addon_id: "other@mulberry.example" }),
      addons: installed(),
    },
    { reason: "upgrade-required", recipe: bringing({ version: "0.9" }), addons: installed() },
    {
      reason: "metadata-mismatch",
      recipe: { ...newer, arguments: { slug: "quiet-reader", extensionApiId: 9 } },
      addons: installed(),
    },
  ])("cannot be updated by $reason, and that is told", ({ reason, recipe, addons }) => {
    expect(decide({ enrollments, addons }, recipe)).toEqual(
      refused(reason, "updateFailed", { enrollmentId: keptId }),
    );
  });

  test("goes back to an older version where the person removed the newer", () => {
    expect(decide({ enrollments }, bringing({ version: "0.9" })).reason).toBe("updated");
  });

  test("meets conflicts before all else, told as when it began", () => {
    const rival = anAddonRolloutEnrollment({ slug: "rival" });
    expect(decide({ enrollments: [before, rival], addons: installed() }, newer)).toEqual(
      refused("conflict", "enrollFailed", { addonId: addon.addon_id, conflictingSlug: "rival" }),
    );
    const theirs = installed({ isOurs: false });
    expect(decide({ enrollments, addons: theirs }, newer).reason).toBe("conflict");
  });
});

describe("a rollout that is over", () => {
  const over = { state: "rolled-back", endedAtMs: 1, endReason: "rollback" } as const;

  test("stays rolled back until it brings another version, and then has a new ID", () => {
    const before = anAddonRolloutEnrollment(over);
    expect(decide({ enrollments: [before] })).toEqual({
      plan: [],
      status: "success",
      reason: "rolled-back",
    });
    const begun = anAddonRolloutEnrollment({
      addon: aPublishedAddon({ version: "1.10.0" }),
      revision: "2",
      enrollmentId: freshId,
      enrolledAtMs: nowMs,
      filter: "",
      lastSeenMs: nowMs,
    });
    const { plan, reason } = decide({ enrollments: [before] }, newer);
    expect(reason).toBe("updated");
    expect(plan).toEqual([
      { do: "save-enrollment", enrollment: { ...begun, state: "installing" } },
      {
        do: "install-addon",
        addon: begun.addon,
        replace: false,
        otherwise: [
          { do: "save-enrollment", enrollment: before },
          told("updateFailed", { enrollmentId: keptId }),
        ],
      },
      { do: "save-enrollment", enrollment: begun },
      told("update", { addonId: addon.addon_id, addonVersion: "1.10.0", enrollmentId: freshId }),
    ]);
  });

  test("because the person left it stays left, whatever it brings", () => {
    const left = { ...over, state: "opted-out", endReason: "individual-opt-out" } as const;
    expect(decide({ enrollments: [anAddonRolloutEnrollment(left)] }, newer)).toEqual({
      plan: [],
      status: "success",
      reason: "opted-out",
    });
  });

  test("because all rollouts were off begins again when they are on, with the same version", () => {
    const off = { ...over, state: "opted-out", endReason: "general-opt-out" } as const;
    const { plan, reason } = decide({ enrollments: [anAddonRolloutEnrollment(off)] });
    expect(reason).toBe("updated");
    expect(plan[0]).toMatchObject({ enrollment: { state: "installing", enrollmentId: freshId } });
  });
});

describe("a rollout that a kill interrupted", () => {
  const half = anAddonRolloutEnrollment({ state: "installing" });

  test("is begun again under its ID, over what may be there already", () => {
    const { plan } = decide({ enrollments: [half], addons: installed() });
    expect(plan[0]).toMatchObject({ enrollment: { state: "installing", enrollmentId: keptId } });
    expect(plan[1]).toMatchObject({ do: "install-addon", replace: true });
    expect(plan[3]).toMatchObject({ event: { method: "enroll", extra: { enrollmentId: keptId } } });
  });

  test("gives way, add-on and all, when it can no longer be begun or brings another", () => {
    const undone = [
      { do: "uninstall-addon", id: addon.addon_id },
      { do: "forget-enrollment", key },
    ];
    const theirs = installed({ isOurs: false });
    expect(decide({ enrollments: [half], addons: theirs })).toMatchObject({
      reason: "conflict",
      plan: [...undone, { event: { method: "enrollFailed" } }],
    });
    const other = bringing({ addon_id: "other@mulberry.example" });
    const { plan } = decide({ enrollments: [half] }, other);
    expect(plan.slice(0, 2)).toEqual(undone);
    expect(plan[3]).toMatchObject({
      do: "install-addon",
      addon: { addon_id: "other@mulberry.example" },
    });
  });
});
