import type { Arena, Sights } from "./arena.ts";
import type { History } from "./history.ts";
import type { Side } from "./publish.ts";
import { Scene, type Subject } from "./scene.ts";
import type { SeenEvent, Sight } from "./sights.ts";

/** Something that is not the same on both sides. */
export interface Difference {
  readonly subject: Subject;
  readonly theirs: unknown;
  readonly ours: unknown;
}

/** A deliberate difference in how an event is told: both sides are compared as `rewrite` has them. */
export interface Wording {
  readonly id: string;
  readonly why: string;
  rewrite(event: SeenEvent, side: Side): SeenEvent;
  /** A history in which it is used. */
  readonly shownBy: History;
}

/** A deliberate difference in what is done. */
export interface Deed {
  readonly id: string;
  readonly why: string;
  /** Whether this row is about that difference, at the scene's last step. */
  covers(difference: Difference, scene: Scene): boolean;
  /** Whether the browsers can be compared on; where not, the history ends there. */
  readonly goesOn?: true;
  /** A history in which it is seen. */
  readonly shownBy: History;
}

export interface Declared {
  readonly wordings: readonly Wording[];
  readonly deeds: readonly Deed[];
}

export interface Comparison {
  /** Steps after which both sides were compared. */
  readonly steps: number;
  /** Differences that no row is about, all of one step. */
  readonly undeclared: readonly Difference[];
  /** What Firefox's modules told, each as method and reason: what the history was good for. */
  readonly told: readonly string[];
  /** Ids of the rows that were needed. */
  readonly rows: ReadonlySet<string>;
  /** Whether a declared difference ended it before its last step. */
  readonly isCut: boolean;
}

/** Lets both sides live through a history, up to the first difference after which they are not one browser. */
export async function compare(
  arena: Arena,
  history: History,
  declared: Declared,
): Promise<Comparison> {
  const scene = new Scene(history);
  const rows = new Set<string>();
  const told: string[] = [];
  await arena.begin(history);
  for (const [index, step] of history.steps.entries()) {
    const sights = await arena.play(step);
    scene.advance(sights);
    for (const { method, extra } of sights.theirs.events)
      told.push([method, extra["reason"] ?? []].flat().join(" "));
    const undeclared: Difference[] = [];
    let parts = false;
    for (const difference of differences(sights, declared.wordings, rows)) {
      const row = declared.deeds.find((one) => one.covers(difference, scene));
      if (row === undefined) undeclared.push(difference);
      else rows.add(row.id);
      parts ||= row !== undefined && row.goesOn !== true;
    }
    const steps = index + 1;
    if (undeclared.length > 0 || parts)
      return { steps, undeclared, told, rows, isCut: steps < history.steps.length };
  }
  return { steps: history.steps.length, undeclared: [], told, rows, isCut: false };
}

/** A difference in one line. */
export function describeDifference({ subject, theirs, ours }: Difference): string {
  const sides = `theirs ${JSON.stringify(theirs)}, ours ${JSON.stringify(ours)}`;
  switch (subject.kind) {
    case "value":
      return `${subject.name} on the ${subject.branch} branch: ${sides}`;
    case "enrollment":
      return `what is remembered of ${subject.key}: ${sides}`;
    case "events":
      return `events of ${subject.slug}: ${sides}`;
    case "failure":
      return `whether recipe ${String(subject.id)} failed: ${sides}`;
  }
}

function differences(
  sights: Sights,
  wordings: readonly Wording[],
  used: Set<string>,
): readonly Difference[] {
  const theirs = facts(sights.theirs, (event) => reworded(event, "theirs", wordings, used));
  const ours = facts(sights.ours, (event) => reworded(event, "ours", wordings, used));
  const keys = new Set([...theirs.keys(), ...ours.keys()]);
  return [...keys].flatMap((key) => {
    const [their, our] = [theirs.get(key), ours.get(key)];
    const subject = their?.subject ?? our?.subject;
    const isSame = JSON.stringify(their?.value) === JSON.stringify(our?.value);
    return subject === undefined || isSame
      ? []
      : [{ subject, theirs: their?.value, ours: our?.value }];
  });
}

interface Fact {
  readonly subject: Subject;
  readonly value: unknown;
}

/** Everything that is compared, by a key that is the same on both sides. */
function facts(sight: Sight, word: (event: SeenEvent) => unknown): ReadonlyMap<string, Fact> {
  const slugs = new Set(sight.events.map(({ value }) => value));
  const all: readonly Fact[] = [
    ...Object.entries(sight.preferences).flatMap(([name, held]) =>
      (["default", "user"] as const).map((branch) => ({
        subject: { kind: "value", branch, name } as const,
        value: held[branch],
      })),
    ),
    ...Object.entries(sight.enrollments).map(([key, value]) => ({
      subject: { kind: "enrollment", key } as const,
      value,
    })),
    // What is told of one change is told in order; between two changes there is none.
    ...[...slugs].map((slug) => ({
      subject: { kind: "events", slug } as const,
      value: sight.events.filter(({ value }) => value === slug).map(word),
    })),
    ...sight.failed.map((id) => ({ subject: { kind: "failure", id } as const, value: true })),
  ];
  return new Map(all.map((fact) => [JSON.stringify(fact.subject), fact]));
}

function reworded(
  event: SeenEvent,
  side: Side,
  wordings: readonly Wording[],
  used: Set<string>,
): unknown {
  let told = event;
  for (const wording of wordings) {
    const before = JSON.stringify(told);
    told = wording.rewrite(told, side);
    if (JSON.stringify(told) !== before) used.add(wording.id);
  }
  const { method, object, extra } = told;
  const sorted = Object.entries(extra).sort(([a], [b]) => (a < b ? -1 : 1));
  return { method, object, extra: Object.fromEntries(sorted) };
}
