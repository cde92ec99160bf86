import { describe, expect, test } from "vitest";
import { makeApp } from "#server/app.ts";
import { silentLog } from "#server/observe/log.ts";
import { eventRoutes } from "#server/routes/events.ts";
import { openTo } from "#server/routes/route.ts";

/** What a store would give, counting what was taken of it and noting when it was let go. */
function aStore(total: number) {
  const seen = { taken: 0, isOpen: false };
  async function* events(): AsyncGenerator {
    seen.isOpen = true;
    try {
      for (; seen.taken < total; seen.taken += 1) {
        await Promise.resolve();
        yield { number: seen.taken, text: "é".repeat(100) };
      }
    } finally {
      seen.isOpen = false;
    }
  }
  return { seen, events };
}

async function ask(events: () => AsyncIterable<unknown>, method = "GET"): Promise<Response> {
  const app = makeApp(openTo("loopback", eventRoutes(events)), silentLog);
  const headers = { host: "127.0.0.1:8000" };
  return app.request("/api/v1/events/", { method, headers }, { remoteAddress: "127.0.0.1" });
}

describe("the events of a development server", () => {
  test.each([0, 1, 5_000])("are one JSON array of %i", async (total) => {
    const answer = await ask(aStore(total).events);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/u);
    const all = (await answer.json()) as readonly { readonly number: number }[];
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: total }, (_, at) => at));
  });

  test("are sent while they are read, and others have their turn in between", async () => {
    const { seen, events } = aStore(5_000);
    const { body } = await ask(events);
    const reader = body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    expect(seen.taken).toBeLessThan(2_500);

    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    while (!isOver) isOver = (await reader?.read())?.done ?? true;
    expect(seen.taken).toBe(5_000);
    expect(turns).toBeGreaterThan(5);
  });

  test("are let go of when the reader leaves", async () => {
    const { seen, events } = aStore(1_000_000);
    const reader = (await ask(events)).body?.getReader();
    await reader?.read();
    expect(seen.isOpen).toBe(true);
    await reader?.cancel();
    expect(seen.isOpen).toBe(false);
  });

  test("are not read at all for who asks for the head alone", async () => {
    const { seen, events } = aStore(5_000);
    expect((await ask(events, "HEAD")).status).toBe(200);
    expect(seen).toEqual({ taken: 0, isOpen: false });
  });
});
