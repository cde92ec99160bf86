import { expect, test } from "vitest";
import { aFolder, aPing, aSubmission, collect, openTestIngest } from "./support.ts";

test("reading many pings lets others have their turn in between", async () => {
  const ingest = await openTestIngest(await aFolder(), { mode: "production" });
  const numbers = Array.from({ length: 100 }, (_, number) => number);
  await Promise.all(numbers.map((number) => ingest.submit(aSubmission(aPing(number)))));
  await ingest.settled();

  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  expect(await collect(ingest.pings())).toHaveLength(100);
  isOver = true;
  expect(turns).toBeGreaterThan(5);
});
