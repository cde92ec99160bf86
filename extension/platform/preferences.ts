import * as v from "valibot";
import type { PreferenceEngine } from "#core/ports.ts";
import type {
  Journal,
  JournalEntry,
  PreferenceChange,
  PreferenceState,
} from "#core/preferences.ts";
import { journalRecord, preferenceValue } from "./journal-record.ts";
import type { PreferencesExperiment } from "./webext.ts";

const state = v.object({
  type: v.pipe(
    v.nullable(v.picklist(["string", "integer", "boolean"])),
    v.transform((type) => type ?? undefined),
  ),
  user: v.nullable(preferenceValue),
  default: v.nullable(preferenceValue),
  locked: v.boolean(),
  denied: v.exactOptional(v.literal(true)),
});

/** about:config, both branches, through our privileged API. */
export function createPreferenceEngine(api: PreferencesExperiment): PreferenceEngine {
  return {
    branches: ["default", "user"],
    async read(names): Promise<ReadonlyMap<string, PreferenceState>> {
      const states = v.parse(v.record(v.string(), state), await api.read([...names]));
      return new Map(Object.entries(states));
    },
    async journal() {
      return parseJournal(v.parse(v.record(v.string(), v.string()), await api.journal()));
    },
    write: (changes) => api.write(changes.map(toWire)),
  };
}

/** Undo records from their JSON texts. A damaged one is left out: the core sees a claim without a record. */
export function parseJournal(texts: Readonly<Record<string, string>>): Journal {
  const entries: [string, JournalEntry][] = [];
  for (const [name, text] of Object.entries(texts)) {
    const read = v.safeParse(journalRecord, jsonOf(text));
    if (read.success) entries.push([name, read.output]);
  }
  return Object.fromEntries(entries);
}

/** `undefined`, which no record is, for what is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Firefox hands an absent member on as `null`, so that to clear the user's value needs a word of its own. */
function toWire({ name, journal, ...values }: PreferenceChange): Readonly<Record<string, unknown>> {
  return {
    name,
    ...(values.default === undefined ? {} : { default: values.default }),
    ...(values.user === null ? { clearsUser: true } : {}),
    ...(values.user === undefined || values.user === null ? {} : { user: values.user }),
    ...(journal === null ? {} : { journal: JSON.stringify(journal) }),
  };
}

/** Calls `tell` with the name after a preference with an undo record changed by another hand. */
export function onPreferenceChanged(
  api: PreferencesExperiment,
  tell: (name: string) => void,
): void {
  api.onChanged.addListener(tell);
}
