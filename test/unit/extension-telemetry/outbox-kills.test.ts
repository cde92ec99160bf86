import { describe, expect, test } from "vitest";
import type { Store } from "#core/ports.ts";
import { Outbox, outboxLimit } from "#extension/telemetry/outbox.ts";
import { aUuid } from "#kit/client.ts";
import { aLife, Killed } from "#kit/mortality.ts";
import { NamedStore } from "#kit/named-store.ts";
import { aDeletionRequest, aPing } from "#kit/pings.ts";

// No ping's text stays behind in the browser once the outbox does not have it any more, whenever the
// browser is killed.

const numbered = (number: number) => aPing({ id: aUuid(number) });

/** What an outbox of two, or of as many as there may be, is asked to do. */
const works: Readonly<
  Record<string, { readonly waiting: number; do(outbox: Outbox): Promise<unknown> }>
> = {
  "takes a ping out": { waiting: 2, do: (outbox) => outbox.remove(aUuid(1), { beside: 1 }) },
  "drops the oldest for a new one": {
    waiting: outboxLimit,
    do: (outbox) => outbox.add(numbered(999), 0, { beside: 1 }),
  },
  "is closed": {
    waiting: 2,
    do: (outbox) => outbox.close(aDeletionRequest({ id: aUuid(500) }), 0, { beside: 1 }),
  },
};

describe.each(Object.entries(works))("an outbox that %s", (_, { waiting, do: work }) => {
  test.each(["before", "after"] as const)(
    "and dies %s any call of the store has every body, and with the next ping none that is left over",
    async (when) => {
      let limit = 0;
      for (let isThrough = false; !isThrough; limit += 1) {
        const store = new NamedStore();
        const filled = await Outbox.open(store);
        for (let number = 1; number <= waiting; number += 1)
          await filled.add(numbered(number), 0, {});
        try {
          await work(await Outbox.open(aLife(limit, when).wrap<Store>(store)));
          isThrough = true;
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
        const outbox = await Outbox.open(store);
        for (const { id } of outbox.waiting()) expect(await outbox.body(id)).toBeDefined();
        await outbox.add(numbered(1_000), 0, {});
        expect(store.namesUnder("outbox/")).toEqual(
          outbox
            .waiting()
            .map(({ id }) => `outbox/${id}`)
            .sort(),
        );
      }
      expect(limit).toBeGreaterThan(3);
    },
  );
});
