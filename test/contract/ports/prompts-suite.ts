import { describe, expect, test } from "vitest";
import type { PromptEngine } from "#core/ports.ts";

/** An engine under test, and a look at what it shows. */
export interface PromptsUnderTest {
  readonly engine: PromptEngine;
  /** How many pages of surveys are there. */
  shown(): Promise<number>;
}

/** What the core counts on wherever a survey can be shown. */
export function promptsSuite(open: () => Promise<PromptsUnderTest>): void {
  describe("surveys", () => {
    test("are there once they are opened, a page each", async () => {
      const { engine, shown } = await open();
      const before = await shown();
      await engine.open();
      await expect.poll(shown).toBe(before + 1);
      await engine.open();
      await expect.poll(shown).toBe(before + 2);
    });
  });
}
