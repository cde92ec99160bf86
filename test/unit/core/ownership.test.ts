import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aWorld } from "#kit/client.ts";
import { builtIn, contradiction, type Happening, type Step } from "#kit/ownership.ts";

// `OWNERSHIP_HISTORIES` and `OWNERSHIP_SEED` ask for more histories, and for the same ones again.

const histories = Number(process.env["OWNERSHIP_HISTORIES"] ?? 400);
const seed = Number(process.env["OWNERSHIP_SEED"] ?? Date.now() % 2 ** 31);

let authority: Authority;
beforeAll(async () => {
  authority = await anAuthority();
});

const pick = fc.nat({ max: 5 });
// Values that tell who put them there.
const person = fc.constantFrom(null, 20, 21, 1, 4, 10);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    what: fc.constant("study" as const),
    pick,
    value: fc.integer({ min: 1, max: 3 }),
    branch: fc.constant("default" as const),
  }),
  fc.record({
    what: fc.constant("study" as const),
    pick,
    value: fc.integer({ min: 4, max: 6 }),
    branch: fc.constant("user" as const),
  }),
  fc.record({
    what: fc.constant("end-study" as const),
    pick,
    why: fc.constantFrom(
      "filter-mismatch" as const,
      "capabilities-mismatch" as const,
      "arguments-invalid" as const,
    ),
  }),
  fc.record({
    what: fc.constant("rollout" as const),
    pick,
    value: fc.integer({ min: 10, max: 13 }),
  }),
  fc.record({ what: fc.constant("rollback" as const), pick }),
  fc.record({
    what: fc.constantFrom("person" as const, "person-while-off" as const),
    pick,
    value: person,
  }),
  fc.record({ what: fc.constant("restart" as const) }),
);
const recipesOnly = new Set(["study", "end-study", "rollout", "rollback"]);
const step: fc.Arbitrary<Step> = happening.chain((one) =>
  recipesOnly.has(one.what)
    ? fc.record(
        {
          happening: fc.constant(one),
          dies: fc.record({
            call: fc.integer({ min: 1, max: 9 }),
            when: fc.constantFrom("before" as const, "after" as const),
          }),
        },
        { requiredKeys: ["happening"] },
      )
    : fc.constant({ happening: one }),
);

test(
  `whatever happens in whatever order, a preference holds what the order of its owners gives (${String(histories)} histories, seed ${String(seed)})`,
  { timeout: 3_600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (history) => {
        const world = aWorld(authority, { defaults: builtIn });
        expect(await contradiction(world, history)).toBeUndefined();
      }),
      { numRuns: histories, seed },
    );
  },
);
