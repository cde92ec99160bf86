import { apply, type Workbench } from "./apply.ts";
import type { Enrollment } from "./enrollment.ts";
import { leave } from "./leave.ts";
import { overrides } from "./overrides.ts";

// What follows when another hand than ours touches what a study gave.

/**
 * Preferences changed that a study holds: what the person set is theirs.
 *
 * @param isHeld - whether what an enrolment gave is out of force for now: then a change says nothing of it
 */
export async function heedPreferences(
  names: readonly string[],
  bench: Workbench,
  isHeld: (enrollment: Enrollment) => boolean,
): Promise<void> {
  for (const enrollment of bench.book.all()) {
    if (enrollment.kind !== "preference-study" || enrollment.state !== "active") continue;
    if (!names.some((name) => Object.hasOwn(enrollment.preferences, name))) continue;
    if (isHeld(enrollment)) continue;
    const states = await bench.ports.preferences.read(Object.keys(enrollment.preferences));
    await apply(overrides(enrollment, states, "observer", names), bench);
  }
}

/** The person removed a study's add-on: the study is over. */
export async function heedRemoval(id: string, bench: Workbench, nowMs: number): Promise<void> {
  for (const enrollment of bench.book.all())
    if (
      enrollment.kind === "addon-study" &&
      enrollment.state === "active" &&
      enrollment.addon?.addon_id === id
    )
      await apply(leave(enrollment, "uninstalled", nowMs), bench);
}
