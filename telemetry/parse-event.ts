import { PingError } from "./errors.ts";
import { extraDocs } from "./event-docs.ts";
import { type ExtraKey, fitsExtra } from "./event-fields.ts";
import {
  eventLimits,
  normandyCategory,
  normandyEvents,
  uptakeCategory,
  uptakeEvent,
  type WireEvent,
} from "./events.ts";
import { utf8Length } from "./text.ts";
import { uptakeStatuses } from "./uptake.ts";

type Path = readonly (string | number)[];

/**
 * Reads one event: it must stand in the closed tables, with extras that stand there too, none of
 * them long or of another form than its field.
 *
 * @param path - where the event stands, for the pointers of errors
 * @throws PingError `ping/unknown-event`, `ping/unknown-field`, `ping/too-large`, …
 */
export function parseWireEvent(value: unknown, path: Path = []): WireEvent {
  if (!Array.isArray(value)) throw new PingError("ping/wrong-type", "an event is a list", path);
  const items: readonly unknown[] = value;
  if (items.length < 5 || items.length > 6) {
    throw new PingError("ping/out-of-range", "an event has five or six members", path);
  }
  const [timestamp, category, method, object, name, rawExtra = null] = items;
  if (typeof timestamp !== "number" || !Number.isSafeInteger(timestamp)) {
    throw new PingError("ping/wrong-type", "a timestamp is an integer", [...path, 0]);
  }
  if (timestamp < 0) {
    throw new PingError("ping/out-of-range", "a timestamp is not negative", [...path, 0]);
  }
  const known = extrasOf(category, method, object, path);
  if (typeof name !== "string") {
    throw new PingError("ping/wrong-type", "an event's value is a text", [...path, 4]);
  }
  if (utf8Length(name) > eventLimits.valueBytes) {
    throw new PingError("ping/too-large", "an event's value has at most 80 bytes", [...path, 4]);
  }
  const extra = readExtra(rawExtra, known.extras, [...path, 5]);
  if (known.category === uptakeCategory) checkUptake(name, extra, path);
  return [timestamp, known.category, known.method, known.object, name, extra];
}

interface KnownEvent {
  readonly category: string;
  readonly method: string;
  readonly object: string;
  readonly extras: readonly ExtraKey[];
}

function extrasOf(category: unknown, method: unknown, object: unknown, path: Path): KnownEvent {
  const known = (place: number) => (found: unknown, table: object) => {
    if (typeof found === "string" && Object.hasOwn(table, found)) return found;
    throw new PingError("ping/unknown-event", "no such event", [...path, place]);
  };
  if (category === uptakeCategory) {
    return {
      category,
      method: known(2)(method, { [uptakeEvent.method]: true }),
      object: known(3)(object, { [uptakeEvent.object]: true }),
      extras: uptakeEvent.extra,
    };
  }
  if (category !== normandyCategory) {
    throw new PingError("ping/unknown-event", "no such event", [...path, 1]);
  }
  const methods: Readonly<Record<string, Readonly<Record<string, readonly ExtraKey[]>>>> =
    normandyEvents;
  const knownMethod = known(2)(method, methods);
  const objects = methods[knownMethod] ?? {};
  const knownObject = known(3)(object, objects);
  return {
    category,
    method: knownMethod,
    object: knownObject,
    extras: objects[knownObject] ?? [],
  };
}

function readExtra(
  value: unknown,
  keys: readonly ExtraKey[],
  path: Path,
): Readonly<Record<string, string>> | null {
  if (value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new PingError("ping/wrong-type", "extras are an object", path);
  }
  const members: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (members.length > eventLimits.extraKeys) {
    throw new PingError("ping/too-large", "an event has at most 10 extras", path);
  }
  const extra: Record<string, string> = {};
  for (const [name, text] of members) {
    const place = [...path, name];
    const key = keys.find((candidate) => candidate === name);
    if (key === undefined) {
      throw new PingError("ping/unknown-field", "the event has no such extra", place);
    }
    if (typeof text !== "string") {
      throw new PingError("ping/wrong-type", "an extra is a text", place);
    }
    if (utf8Length(text) > eventLimits.extraValueBytes) {
      throw new PingError("ping/too-large", "an extra has at most 80 bytes", place);
    }
    if (!fitsExtra(key, text)) {
      throw new PingError("ping/out-of-range", extraDocs[key], place);
    }
    extra[key] = text;
  }
  return extra;
}

function checkUptake(
  status: string,
  extra: Readonly<Record<string, string>> | null,
  path: Path,
): void {
  if (!uptakeStatuses.some((known) => known === status)) {
    throw new PingError("ping/out-of-range", "no such uptake status", [...path, 4]);
  }
  if (extra?.["source"] === undefined) {
    throw new PingError("ping/missing", "an uptake status names its source", [
      ...path,
      5,
      "source",
    ]);
  }
}
