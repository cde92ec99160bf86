import { describe, expect, test } from "vitest";
import { Users } from "#server/observe/users.ts";

const dayMs = 86_400_000;
const noonMs = Date.UTC(2026, 10, 22, 12);
const salt = new TextEncoder().encode("of this test");

describe("how many different ones were seen", () => {
  test.each([1, 10, 1_000, 10_000, 100_000])("is right within 5 percent for %i", (many) => {
    const users = new Users(salt);
    for (let who = 0; who < many; who += 1) {
      users.seen(`client-${String(who)}`, noonMs);
      if (who % 3 === 0) users.seen(`client-${String(who)}`, noonMs);
    }
    expect(Math.abs(users.count("1d", noonMs) - many)).toBeLessThanOrEqual(many * 0.05);
  });

  test("counts who comes on several days once in a week, and nobody of a week ago", () => {
    const users = new Users(salt);
    for (let day = 0; day < 7; day += 1) {
      users.seen("always", noonMs + day * dayMs);
      users.seen(`only on day ${String(day)}`, noonMs + day * dayMs);
    }
    expect(users.count("1d", noonMs + 6 * dayMs)).toBe(2);
    expect(users.count("7d", noonMs + 6 * dayMs)).toBe(8);
    expect(users.count("7d", noonMs + 7 * dayMs)).toBe(7);
    expect(users.count("1d", noonMs + 7 * dayMs)).toBe(0);
    expect(users.count("7d", noonMs + 13 * dayMs)).toBe(0);
  });
});
