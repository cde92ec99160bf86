import type { Random } from "#core/ports.ts";

export const random: Random = {
  uuid: () => crypto.randomUUID(),
  fraction: () => {
    const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
    return bits / 2 ** 32;
  },
};
