import { describe, expect, test } from "vitest";
import type { AddonEngine } from "#core/ports.ts";
import type { PublishedAddon } from "#recipes/arguments.ts";

/** An engine under test, and add-ons that it can install. */
export interface AddonsUnderTest {
  readonly engine: AddonEngine;
  /** The person installs that version of it by themselves. */
  installByPerson(version: string): Promise<void>;
  /** An add-on and its bytes, one id for all versions. */
  make(version: string): Promise<{ readonly addon: PublishedAddon; readonly bytes: Uint8Array }>;
}

/**
 * What the core counts on wherever add-ons can be installed.
 *
 * @param open - an engine in a browser without add-ons
 */
export function addonsSuite(open: () => Promise<AddonsUnderTest>): void {
  describe("add-ons", () => {
    test("are there once they are installed", async () => {
      const { engine, make } = await open();
      const { addon, bytes } = await make("1.0.0");
      expect(await engine.find(addon.addon_id)).toBeUndefined();
      expect(await engine.install(addon, bytes, { replace: false })).toBeUndefined();
      expect(await engine.find(addon.addon_id)).toEqual({
        id: addon.addon_id,
        version: "1.0.0",
        isActive: true,
        isOurs: true,
      });
    });

    test("of one id are overwritten only when they are ours", async () => {
      const { engine, make } = await open();
      const first = await make("1.0.0");
      const second = await make("2.0.0");
      await engine.install(first.addon, first.bytes, { replace: false });
      expect(await engine.install(second.addon, second.bytes, { replace: false })).toMatchObject({
        reason: "conflicting-addon-id",
      });
      expect(await engine.find(first.addon.addon_id)).toMatchObject({ version: "1.0.0" });
      expect(await engine.install(second.addon, second.bytes, { replace: true })).toBeUndefined();
      expect(await engine.find(first.addon.addon_id)).toMatchObject({ version: "2.0.0" });
    });

    test("are told things, which waits for none that does not listen or is not there", async () => {
      const { engine, make } = await open();
      const notice = { tell: "unenroll", reason: "unknown" } as const;
      await engine.tell("nobody@mulberry.example", notice);
      const { addon, bytes } = await make("1.0.0");
      await engine.install(addon, bytes, { replace: false });
      await engine.tell(addon.addon_id, notice);
      expect(await engine.find(addon.addon_id)).toMatchObject({ version: "1.0.0" });
    });

    test("that the person installed are told from ours, and not removed", async () => {
      const { engine, make, installByPerson } = await open();
      const { addon } = await make("1.0.0");
      await installByPerson("1.0.0");
      expect((await engine.find(addon.addon_id))?.isOurs).not.toBe(true);
      await engine.uninstall(addon.addon_id);
      expect(await engine.find(addon.addon_id)).toMatchObject({ version: "1.0.0" });
    });

    test("are gone once they are removed, and may be removed twice", async () => {
      const { engine, make } = await open();
      const { addon, bytes } = await make("1.0.0");
      await engine.install(addon, bytes, { replace: false });
      await engine.uninstall(addon.addon_id);
      await engine.uninstall(addon.addon_id);
      expect(await engine.find(addon.addon_id)).toBeUndefined();
    });
  });
}
