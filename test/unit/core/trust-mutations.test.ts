import fc from "fast-check";
import { expect, test } from "vitest";
import { tokens } from "#extension/platform/tokens.ts";
import { verifyBundle, verifyRoot } from "#core/trust.ts";
import { anAuthority } from "#kit/authority.ts";
import { aConsoleLog, aRollout } from "#kit/recipes.ts";

const characters = Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= \n"\\\u00e9',
);

/** One character replaced, taken out, put in, or swapped with the next. */
function mutated(text: string, at: number, character: string, how: number): string {
  const [before, here = "", after] = [text.slice(0, at), text[at], text.slice(at + 1)];
  switch (how) {
    case 0:
      return before + character + after;
    case 1:
      return before + after;
    case 2:
      return before + character + here + after;
    default:
      return before + (after[0] ?? "") + here + after.slice(1);
  }
}

const mutation = fc.tuple(fc.nat(), fc.constantFrom(...characters), fc.nat(3));

test(
  "no single-character change of keycert or manifest is believed with other content",
  {
    timeout: 60_000,
  },
  async () => {
    const authority = await anAuthority();
    const recipes = [aRollout({ id: 1 }), aConsoleLog({ id: 2 })];
    const { bundle, manifest } = await authority.bundle({ recipes });
    const { root } = await verifyRoot(authority.root, tokens);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("keycert" as const, "manifest" as const),
        mutation,
        async (part, [place, character, how]) => {
          const token = bundle[part];
          const changed = mutated(token, place % token.length, character, how);
          const believed = await contentOf({ ...bundle, [part]: changed });
          if (believed === undefined) refused += 1;
          else expect(believed).toEqual(manifest);
        },
      ),
      { numRuns: 1_500 },
    );
    // Only a change that leaves the bytes as they were (the last, unused bits of a segment) passes.
    expect(refused).toBeGreaterThan(1_350);

    async function contentOf(input: unknown): Promise<unknown> {
      try {
        return (await verifyBundle(input, root, undefined, authority.nowSeconds, tokens)).manifest;
      } catch (error) {
        expect(error).toMatchObject({ name: "TrustError" });
        return undefined;
      }
    }
  },
);

test(
  "no single-character change of a root is believed with other content",
  {
    timeout: 60_000,
  },
  async () => {
    const authority = await anAuthority();
    const served = JSON.stringify(authority.root);
    await fc.assert(
      fc.asyncProperty(mutation, async ([place, character, how]) => {
        const changed = mutated(served, place % served.length, character, how);
        let input: unknown;
        try {
          input = JSON.parse(changed);
        } catch {
          return;
        }
        const outcome = await verifyRoot(input, tokens).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ name: "TrustError" });
        else expect(outcome).toMatchObject({ root: authority.rootPayload });
      }),
      { numRuns: 500 },
    );
  },
);
