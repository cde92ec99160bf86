import { expect, test } from "vitest";
import { limitAttempts } from "#server/attempt-limit.ts";

test("of ten thousand guesses in a minute ten are looked at, and nobody else waits for it", () => {
  let nowMs = 0;
  const limit = limitAttempts(new Uint8Array(32), () => nowMs);
  const guess = (address: string): boolean => {
    const isTried = limit.mayTry(address);
    if (isTried) limit.failed(address);
    return isTried;
  };
  let tried = 0;
  for (let count = 0; count < 10_000; count += 1) {
    nowMs = count * 5;
    if (guess("203.0.113.9")) tried += 1;
    expect(limit.mayTry("198.51.100.1")).toBe(true);
  }
  expect(tried).toBe(10);

  nowMs = 60_000;
  expect(guess("203.0.113.9")).toBe(true);
});

test("whoever guesses from everywhere makes us remember no more than so many addresses", () => {
  const limit = limitAttempts(new Uint8Array(32), () => 0);
  for (let count = 0; count < 10; count += 1) limit.failed("first");
  expect(limit.mayTry("first")).toBe(false);
  for (let count = 0; count < 10_000; count += 1) limit.failed(`other ${String(count)}`);
  expect(limit.mayTry("first")).toBe(true);
});
