import { expect, test } from "vitest";
import { parseRequest } from "#core/messages.ts";
import { anAuthority } from "#kit/authority.ts";
import { aWorld } from "#kit/client.ts";

test("the person's switch for the extended data set acts at once, and forgets what it measured", async () => {
  const world = aWorld(await anAuthority());
  const client = world.client();
  await client.start();
  const measure = () =>
    client.inTurn(async ({ recorder }) => {
      recorder.meter.sample("MULBERRY_EXTENSION_MEMORY_MB", 60);
      await recorder.save();
    });
  const stored = async () => JSON.stringify(await world.store.get("measures"));
  const turn = async (on: boolean): Promise<void> => {
    const name = "extended_telemetry_enabled";
    const request = parseRequest({ ask: "set-switch", name, on });
    expect(request).toEqual({ ask: "set-switch", name, on });
    await client.setSwitch(name, on);
  };

  await measure();
  expect(await stored()).not.toContain("MEMORY");
  await turn(true);
  await measure();
  expect(await stored()).toContain("MEMORY");
  await turn(false);
  expect(await stored()).not.toContain("MEMORY");
});
