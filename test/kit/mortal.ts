import type { Ports } from "#core/ports.ts";
import { aLife, type Moment } from "./mortality.ts";

export interface Mortal {
  readonly ports: Ports;
  /** Calls that were made so far. */
  readonly calls: () => number;
}

/** Ports of a browser that dies at its call number `limit`: nothing works from then on. */
export function mortal(ports: Ports, limit: number, when: Moment): Mortal {
  const { wrap, calls } = aLife(limit, when);
  return {
    ports: {
      ...ports,
      store: wrap(ports.store),
      preferences: wrap(ports.preferences),
      settings: wrap(ports.settings),
      network: wrap(ports.network),
      beacon: wrap(ports.beacon),
      ...(ports.addons === undefined ? {} : { addons: wrap(ports.addons) }),
      ...(ports.prompts === undefined ? {} : { prompts: wrap(ports.prompts) }),
    },
    calls,
  };
}
