import type { EnrollmentBook } from "./book.ts";
import { apply, ApplyError, type Workbench } from "./apply.ts";
import type { Enrollment } from "./enrollment.ts";
import { hasAddon, isLive, isStudy } from "./enrollment.ts";
import { rolloutAtStart } from "./graduation.ts";
import { undo } from "./interrupted.ts";
import { isPersons, leave } from "./leave.ts";
import { overrides } from "./overrides.ts";
import type { Plan, Step } from "./plan.ts";
import type { Claim, HeldValue, Journal, OwnerKind } from "./preferences.ts";

/**
 * Makes store and preferences agree again after whatever ended the last session: undo records whose
 * enrolment was never written are undone, enrolments whose undo records are gone end, values that an
 * update was giving when it was interrupted are the recorded ones again, what the person changed
 * meanwhile is theirs, rollouts that the browser has caught up with graduate, and a survey whose page
 * went with the browser is over. Running it twice changes nothing more.
 *
 * @param isBrowserStart - false when only the background page was stopped: nobody could have changed
 *   anything unseen
 * @param graduationSet - slugs of rollouts that the build says are no longer needed
 * @param isHeld - whether what an enrolment gave is out of force for now, because it may be what crashed the browser
 */
export async function resume(
  bench: Workbench,
  nowMs: number,
  isBrowserStart: boolean,
  graduationSet: ReadonlySet<string> = new Set(),
  isHeld: (enrollment: Enrollment) => boolean = () => false,
): Promise<void> {
  const journal = await bench.ports.preferences.journal();
  for (const step of undoOrphans(journal, bench.book)) await mend([step], bench);
  for (const enrollment of bench.book.all().filter(isLive))
    await mend(
      isUnbacked(enrollment, journal)
        ? abandon(enrollment, bench, nowMs)
        : asRecorded(enrollment, journal),
      bench,
    );
  if (!isBrowserStart) return;
  await bench.heartbeats.end(nowMs);
  await mend(adopt(bench), bench);
  for (const id of endedAddons(bench)) await mend(removeAgain(id, bench), bench);
  for (const enrollment of bench.book.all().filter(isLive))
    if (!isHeld(enrollment))
      await mend(afterRestart(enrollment, { journal, graduationSet, bench, nowMs }), bench);
}

/**
 * What the browser does not let be mended is tried again with the next start: it keeps nothing else from being
 * mended, and above all not the client from its run, in which it would hear what is to stop.
 */
async function mend(plan: Plan | Promise<Plan>, bench: Workbench): Promise<void> {
  try {
    await apply(await plan, bench);
  } catch (error) {
    const cause = error instanceof ApplyError ? error.cause : error;
    bench.ports.log.write("error", "something could not be mended", { cause: String(cause) });
  }
}

/** Claims that no live enrolment stands behind: the kill came between preference and record, or amid the end. */
export function undoOrphans(journal: Journal, book: Pick<EnrollmentBook, "all">): Plan {
  const owners = new Set(
    book
      .all()
      .filter(isLive)
      .map((one) => `${ownerOf(one)}/${one.slug}`),
  );
  const studies = new Map(
    book
      .all()
      .flatMap((one) => (one.kind === "preference-study" ? [[one.slug, one] as const] : [])),
  );
  return Object.entries(journal).flatMap(([name, entry]) =>
    entry.claims
      .filter(({ owner, slug }) => !owners.has(`${owner}/${slug}`))
      .map(({ owner, slug }): Step => {
        const study = owner === "study" ? studies.get(slug) : undefined;
        const keepValue = study !== undefined && isPersons(study, name);
        return { do: "release-preference", name, owner, slug, keepValue };
      }),
  );
}

/** What we installed is known to be ours, also where a kill made the browser forget who did. */
async function adopt({ book, ports }: Workbench): Promise<Plan> {
  const hashes = new Map<string, Set<string>>();
  for (const { addon } of book.all().filter(hasAddon))
    if (addon !== null)
      hashes.set(addon.addon_id, (hashes.get(addon.addon_id) ?? new Set()).add(addon.sha256));
  for (const [id, known] of hashes) await ports.addons?.adopt?.(id, [...known]);
  return [];
}

/**
 * Firefox writes down that it removed an add-on some time after it did: after a kill, one whose study or
 * rollout has ended may be there again. One that the person has installed since is theirs.
 */
async function removeAgain(id: string, { ports }: Workbench): Promise<Plan> {
  const found = await ports.addons?.find(id);
  return found?.isOurs === true ? [{ do: "uninstall-addon", id }] : [];
}

/** Add-ons of studies and rollouts that are over, and of none that runs. */
function endedAddons({ book }: Workbench): readonly string[] {
  const all = book.all().filter(hasAddon);
  const idsOf = (some: typeof all): ReadonlySet<string> =>
    new Set(some.flatMap(({ addon }) => (addon === null ? [] : [addon.addon_id])));
  const running = idsOf(all.filter(isLive));
  return [...idsOf(all.filter((one) => !isLive(one)))].filter((id) => !running.has(id));
}

/** Whether a value that this enrolment gave is in no undo record: that was damaged, or undone while we were away. */
function isUnbacked(enrollment: Enrollment, journal: Journal): boolean {
  return Object.keys(heldBy(enrollment)).some((name) => {
    return !claimsOn(name, journal).some(
      ({ owner, slug }) => slug === enrollment.slug && owner === ownerOf(enrollment),
    );
  });
}

function claimsOn(name: string, journal: Journal): readonly Claim[] {
  return Object.hasOwn(journal, name) ? (journal[name]?.claims ?? []) : [];
}

/** An update that was not recorded did not happen: the next run makes it anew, and tells of it. */
function asRecorded(enrollment: Enrollment, journal: Journal): Plan {
  if (enrollment.kind !== "preference-rollout") return [];
  const { slug } = enrollment;
  return Object.entries(enrollment.preferences).flatMap(([name, { value }]): Plan => {
    const claims = claimsOn(name, journal);
    const claim = claims.find((one) => one.owner === "rollout" && one.slug === slug);
    return claim === undefined || claim.value === value
      ? []
      : [{ do: "claim-preference", name, owner: "rollout", slug, branch: "default", value }];
  });
}

/** Ends it by what it remembers itself. */
async function abandon(enrollment: Enrollment, bench: Workbench, nowMs: number): Promise<Plan> {
  const held = heldBy(enrollment);
  const states = await bench.ports.preferences.read(Object.keys(held));
  // A build may deny what an older one let be set: the engine has undone it by now.
  const isDenied = [...states.values()].some(({ denied }) => denied);
  return leave(enrollment, isDenied ? "pref-denied" : "unknown", nowMs).map((step) => {
    const known = step.do === "release-preference" ? held[step.name] : undefined;
    return known === undefined ? step : { ...step, held: known };
  });
}

/** The values that the enrolment gave, by preference. */
function heldBy(enrollment: Enrollment): Readonly<Record<string, HeldValue>> {
  switch (enrollment.kind) {
    case "preference-study":
      return Object.fromEntries(
        Object.entries(enrollment.preferences).flatMap(
          ([name, { value, branchType: branch, previous, overridden }]) =>
            overridden ? [] : [[name, { value, branch, previous }]],
        ),
      );
    case "preference-rollout":
      return Object.fromEntries(
        Object.entries(enrollment.preferences).map(([name, { value, previous }]) => [
          name,
          { value, branch: "default", previous },
        ]),
      );
    case "addon-study":
    case "addon-rollout":
      return {};
  }
}

function ownerOf(enrollment: Enrollment): OwnerKind {
  return isStudy(enrollment) ? "study" : "rollout";
}

interface Restart {
  readonly journal: Journal;
  readonly graduationSet: ReadonlySet<string>;
  readonly bench: Workbench;
  readonly nowMs: number;
}

async function afterRestart(
  enrollment: Enrollment,
  { journal, graduationSet, bench, nowMs }: Restart,
): Promise<Plan> {
  switch (enrollment.kind) {
    case "preference-study": {
      const states = await bench.ports.preferences.read(Object.keys(enrollment.preferences));
      return overrides(enrollment, states, "sideload");
    }
    case "preference-rollout":
      return rolloutAtStart(enrollment, journal, graduationSet, nowMs);
    case "addon-study": {
      const { addon, state } = enrollment;
      if (addon === null || state !== "active") return [];
      const installed = await bench.ports.addons?.find(addon.addon_id);
      return installed === undefined ? leave(enrollment, "uninstalled-sideload", nowMs) : [];
    }
    case "addon-rollout":
      // Half begun: no recipe may come that would end it, so that it is taken back, and begun anew where it still matches.
      return enrollment.state === "installing" ? undo(enrollment) : [];
  }
}
