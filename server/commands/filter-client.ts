import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { attributeNames, isAttributeName, isTargetingName } from "#recipes/attributes.ts";
import type { FilterContext } from "#recipes/filter.ts";
import { readJson } from "#recipes/json.ts";
import { isObject } from "#recipes/members.ts";
import { didYouMean } from "#recipes/nearest.ts";
import { pointerTo } from "#recipes/pointer.ts";
import { describeFinding, type Finding, RefusedFiles } from "../errors.ts";
import { readTextInput } from "./input-files.ts";

/** How deep a described client may nest; what a filter gives back is printed with its whole depth. */
const maxContextDepth = 64;

/** A client as a file describes it. */
interface ContextFile {
  readonly env: Readonly<Record<string, unknown>>;
  readonly prefs: Readonly<Record<string, unknown>>;
}

/**
 * The client that `--context` describes, or one of which nothing is known.
 *
 * @throws RefusedFiles `file/unreadable`, `context/malformed`, `context/unknown-member`
 */
export async function readContext(file: string | undefined): Promise<FilterContext> {
  if (file === undefined) return contextOf({ env: {}, prefs: {} });
  const refuse = (code: string, at: string, message: string) =>
    new RefusedFiles([{ code, file, at, message }]);
  const text = await readTextInput(file);
  // A hostile client may be tried out as well: keys that elsewhere are refused are its own here.
  const reading = readJson(text, { maxDepth: maxContextDepth });
  if (!reading.ok && reading.problem === "too-deep")
    throw refuse("context/malformed", reading.at, "this nests too deep");
  const value = parseJson(text);
  if (value === undefined) throw refuse("context/malformed", "", "this is not JSON");
  if (!isObject(value)) throw refuse("context/malformed", "", mustHold);
  const members = new Map<string, unknown>(Object.entries(value));
  for (const name of members.keys())
    if (name !== "env" && name !== "prefs")
      throw refuse(
        "context/unknown-member",
        pointerTo([name]),
        `${mustHold}${didYouMean(name, ["env", "prefs"])}`,
      );
  const env = members.get("env") ?? {};
  const prefs = members.get("prefs") ?? {};
  if (!isRecord(env)) throw refuse("context/malformed", "/env", "expected an object");
  if (!isRecord(prefs)) throw refuse("context/malformed", "/prefs", "expected an object");
  for (const finding of strangers(file, env)) process.stderr.write(`${describeFinding(finding)}\n`);
  return contextOf({ env, prefs });
}

const mustHold = 'a client is described as {"env": {…}, "prefs": {…}}';

/** Attributes that only this client would have: any name can be tried out here, and no browser tells it. */
function strangers(file: string, env: Readonly<Record<string, unknown>>): readonly Finding[] {
  return Object.keys(env)
    .filter((name) => !isAttributeName(name) && !isTargetingName(name))
    .map((name) => ({
      code: "warning/unknown-attribute",
      file,
      at: pointerTo(["env", name]),
      message: `no browser tells this attribute${didYouMean(name, attributeNames)}`,
    }));
}

/** A client that never has to be waited for; preferences count as set by the person. */
function contextOf({ env, prefs }: ContextFile): FilterContext {
  return {
    attribute: (_namespace, name) => (Object.hasOwn(env, name) ? env[name] : undefined),
    whole: () => env,
    preference: (name) =>
      Object.hasOwn(prefs, name)
        ? { exists: true, userSet: true, value: prefs[name] }
        : { exists: false, userSet: false, value: undefined },
    digest: (text) => createHash("sha256").update(text).digest("hex"),
    delay: (ms) => delay(ms),
  };
}

/** `undefined` for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value);
}
