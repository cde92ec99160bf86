import { serverUrl } from "virtual:mulberry/build";
import type { Ports } from "#core/ports.ts";
import { createBeacon } from "./beacon.ts";
import { clock } from "./clock.ts";
import { createEngines } from "./engines.ts";
import { createLog } from "./log.ts";
import { createMirror } from "./mirror.ts";
import { createNetwork } from "./network.ts";
import { createPrompts } from "./prompts.ts";
import { random } from "./random.ts";
import { createSettingsReader } from "./settings-reader.ts";
import { store } from "./store.ts";
import { tokens } from "./tokens.ts";

/** The world, as this browser offers it. */
export function createPorts(): Ports {
  const settings = createSettingsReader(serverUrl);
  // Until the settings are read for the first time, and as often as they are read again after it.
  let loggingLevel = 50;
  const log = createLog(() => loggingLevel);
  return {
    clock,
    random,
    store,
    network: createNetwork(),
    tokens,
    ...createPrompts(),
    beacon: createBeacon(),
    mirror: createMirror(),
    log,
    settings: {
      ...settings,
      async read() {
        const current = await settings.read();
        loggingLevel = current.loggingLevel;
        return current;
      },
    },
    ...createEngines(log),
  };
}
