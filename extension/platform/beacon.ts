import { target } from "virtual:mulberry/build";
import type { Beacon } from "#core/ports.ts";
import { memberOf } from "#recipes/members.ts";
import { store } from "./store.ts";
import { experiments } from "./webext.ts";

const storeKey = "safe_mode";

/**
 * In Firefox the record is one of our preferences: its privileged side reads it before anything is put in
 * force, and notes when the browser ends as it should. Elsewhere nobody tells us of an end.
 */
export function createBeacon(): Beacon {
  if (target !== "firefox")
    return {
      seesTheEnd: false,
      read: () => store.get(storeKey),
      write: (text) => store.set({ [storeKey]: text }),
    };
  const { mulberryPreferences } = experiments();
  return {
    seesTheEnd: true,
    read: async () => memberOf(await mulberryPreferences.readSettings(), "safe_mode"),
    write: (text) => mulberryPreferences.writeSetting("safe_mode", text),
    revive: (owner, slug) => mulberryPreferences.revive(owner, slug),
  };
}
