import type { MeasuresSnapshot } from "#telemetry/measures.ts";
import type { MainPingPayload } from "#telemetry/pings.ts";
import { isStudyProbe } from "#telemetry/study-probes.ts";

// Scalars are recorded in one place, and stand in the `main` ping by process: `parent` is ours,
// `dynamic` what add-ons of studies recorded.

type Held = Pick<MeasuresSnapshot, "scalars" | "keyedScalars">;

/** Scalars as the `main` ping has them. Where no add-on of a study recorded anything, nothing is said of them. */
export function byProcess(measured: Held): MainPingPayload["processes"] {
  const parent = having(measured, (name) => !isStudyProbe(name));
  const dynamic = having(measured, isStudyProbe);
  const isNone = [dynamic.scalars, dynamic.keyedScalars].every(
    (members) => Object.keys(members).length === 0,
  );
  return isNone ? { parent } : { parent, dynamic };
}

/** The same as they were recorded. */
export function ofAllProcesses({ parent, dynamic }: MainPingPayload["processes"]): Held {
  return {
    scalars: { ...parent.scalars, ...dynamic?.scalars },
    keyedScalars: { ...parent.keyedScalars, ...dynamic?.keyedScalars },
  };
}

function having({ scalars, keyedScalars }: Held, isWanted: (name: string) => boolean): Held {
  const wanted = <V>(members: Readonly<Record<string, V>>): Readonly<Record<string, V>> =>
    Object.fromEntries(Object.entries(members).filter(([name]) => isWanted(name)));
  return { scalars: wanted(scalars), keyedScalars: wanted(keyedScalars) };
}
