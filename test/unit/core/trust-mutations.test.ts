import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { tokens } from "#extension/platform/tokens.ts";
import { TrustError } from "#core/trust-error.ts";
import { verifyHalt } from "#core/trust-halt.ts";
import { verifyBody, verifyBundle, verifyRoot } from "#core/trust.ts";
import { tokenTypes } from "#recipes/manifest.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { anAuthority, type Authority, type Published, token } from "#kit/authority.ts";
import { aConsoleLog, aRollout } from "#kit/recipes.ts";
import { sized } from "#kit/size.ts";

// Whatever becomes of the bytes on their way, nothing else than what was signed is believed.
// `MUTATIONS` and `MUTATION_SEED` ask for more of them, and for the same ones again.

const mutations = sized("MUTATIONS", { quick: 500, whole: 5_000 });
const seed = Number(process.env["MUTATION_SEED"] ?? Date.now() % 2 ** 31);

const characters = Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= \n"\\{}[],:\u00e9',
);

interface Change {
  readonly place: number;
  readonly other: number;
  readonly character: string;
  readonly how: "replace" | "remove" | "insert" | "swap" | "cut" | "move" | "repeat";
}
const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat(),
  other: fc.nat(),
  character: fc.constantFrom(...characters),
  how: fc.constantFrom("replace", "remove", "insert", "swap", "cut", "move", "repeat"),
});

function mutated(text: string, { place, other, character, how }: Change): string {
  const at = place % text.length;
  const end = at + 1 + (other % (text.length - at));
  const [before, here, after] = [text.slice(0, at), text.charAt(at), text.slice(at + 1)];
  switch (how) {
    case "replace":
      return before + character + after;
    case "remove":
      return before + after;
    case "insert":
      return before + character + here + after;
    case "swap":
      return before + after.slice(0, 1) + here + after.slice(1);
    case "cut":
      return before + text.slice(end);
    case "move":
      return text.slice(at, end) + before + text.slice(end);
    case "repeat":
      return text.slice(0, end) + text.slice(at);
  }
}

/** Something that is served, and what a client makes of other bytes in its place. */
interface Part {
  readonly text: string;
  /** What is believed; a `TrustError` where nothing is. */
  readonly read: (text: string) => Promise<unknown>;
  readonly genuine: unknown;
}

let authority: Authority;
let published: Published;
let parts: Readonly<Record<"root" | "keycert" | "manifest" | "halt" | "body", Part>>;
beforeAll(async () => {
  authority = await anAuthority();
  const { nowSeconds } = authority;
  published = await authority.bundle({ recipes: [aRollout({ id: 1 }), aConsoleLog({ id: 2 })] });
  const { bundle, manifest, bodies } = published;
  const { root } = await verifyRoot(authority.root, tokens);
  const inBundle = (name: "keycert" | "manifest"): Part => ({
    text: bundle[name],
    genuine: manifest,
    read: async (text) =>
      (await verifyBundle({ ...bundle, [name]: text }, root, undefined, nowSeconds, tokens))
        .manifest,
  });
  const kill = { all: false, ids: [1], slugs: ["a"], prefs: ["b"], addons: ["c"] };
  const halt = { v: 1, env: "test", hn: 1, iat: nowSeconds, exp: nowSeconds + 9, min_ep: 0, kill };
  const [entry] = manifest.recipes;
  if (entry === undefined) throw new Error("nothing is published");
  const body = decodeUtf8(bodies.get(entry.sha256) ?? new Uint8Array()) ?? "";
  parts = {
    root: {
      text: JSON.stringify(authority.root),
      genuine: authority.rootPayload,
      read: async (text) => (await verifyRoot(jsonOf(text), tokens)).root,
    },
    keycert: inBundle("keycert"),
    manifest: inBundle("manifest"),
    halt: {
      text: await token(halt, tokenTypes.halt, authority.rootKeys[0]),
      genuine: halt,
      read: async (text) => (await verifyHalt(text, root, 0, nowSeconds, tokens)).halt,
    },
    body: {
      text: body,
      genuine: body,
      read: (text) => Promise.resolve().then(() => verifyBody(entry, text).text),
    },
  };
});

test(
  `${String(mutations)} mutations (seed ${String(seed)}): none is believed with other content`,
  { timeout: 120_000 + mutations * 20 },
  async () => {
    const counts = { refused: 0, same: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("root", "keycert", "manifest", "halt", "body"),
        change,
        async (name, made) => {
          const { text, read, genuine } = parts[name];
          const other = mutated(text, made);
          const outcome = await read(other).catch((error: unknown) => error);
          if (outcome instanceof TrustError) counts.refused += 1;
          else {
            // The last bits of a segment that no byte is made of, or members that nobody reads.
            expect(outcome, other).toEqual(genuine);
            counts.same += 1;
          }
        },
      ),
      { numRuns: mutations, seed },
    );
    const { refused, same } = counts;
    console.log(`${String(refused)} refused, ${String(same)} with the same content, 0 with other`);
    expect(refused + same).toBe(mutations);
    expect(refused).toBeGreaterThan(mutations * 0.9);
  },
);

/** As a server's answer is read. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TrustError("malformed", "no JSON", cause);
  }
}
