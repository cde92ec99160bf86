import { target } from "virtual:mulberry/build";
import type { Mirror } from "#core/ports.ts";
import { memberOf } from "#recipes/members.ts";
import { store } from "./store.ts";
import { experiments } from "./webext.ts";

const storeKey = "trust_floor";

/**
 * In Firefox one of our preferences: it survives the extension's storage and the extension itself.
 * Elsewhere there is no such place, and it is a key of its own.
 */
export function createMirror(): Mirror {
  if (target !== "firefox")
    return {
      read: () => store.get(storeKey),
      write: (text) => store.set({ [storeKey]: text }),
    };
  const { mulberryPreferences } = experiments();
  return {
    read: async () => memberOf(await mulberryPreferences.readSettings(), "trust_floor"),
    write: (text) => mulberryPreferences.writeSetting("trust_floor", text),
  };
}
