import type { Ports } from "#core/ports.ts";

/** Where the id lies that joins the pings of this browser. */
export const clientKey = "client_id";

/** The client id; `undefined` where there is none, because nothing was told yet or telemetry was off. */
export async function readClientId({ store }: Pick<Ports, "store">): Promise<string | undefined> {
  const stored = await store.get(clientKey);
  return typeof stored === "string" && stored !== "" ? stored : undefined;
}

/** The client id, made where there is none. */
export async function makeClientId(ports: Pick<Ports, "store" | "random">): Promise<string> {
  const known = await readClientId(ports);
  if (known !== undefined) return known;
  const made = ports.random.uuid();
  await ports.store.set({ [clientKey]: made });
  return made;
}
