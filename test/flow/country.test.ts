import { expect, test } from "vitest";
import { aPing } from "#kit/pings.ts";
import { aConfig, temporaryFolder } from "#kit/server.ts";
import { startServer } from "#server/main.ts";
import { openLog } from "#server/observe/log.ts";
import { collect, everyByteOf } from "../unit/server/ingest/support.ts";

// A public resolver: its country does not change from one table to the next.
const address = "8.8.8.8";

test("a ping keeps the country that it came from and no trace of the address, with or without a proxy", async () => {
  await using folder = await temporaryFolder();
  const logged: string[] = [];
  const config = aConfig(folder.path, { MULBERRY_TRUSTED_PROXIES: "127.0.0.0/8" });
  const server = await startServer(config, {
    log: openLog("mozlog", { write: (line) => logged.push(line) }),
  });
  const submit = async (id: string, headers: Readonly<Record<string, string>>) => {
    const path = `/submit/telemetry/${id}/event/Firefox/153.0/esr/20261101000000`;
    const body = JSON.stringify({ ...aPing(), id });
    expect((await fetch(server.url + path, { method: "POST", headers, body })).status).toBe(200);
  };
  await submit("0b0f3f64-6c0a-4d3c-9d0f-0a4f5f3c1f01", {
    "x-forwarded-for": `1.2.3.4, ${address}`,
  });
  await submit("0b0f3f64-6c0a-4d3c-9d0f-0a4f5f3c1f02", {});

  const stored = await collect(server.ingest.pings());
  expect(stored.map(({ normalized }) => normalized)).toEqual([
    { channel: "esr", os: "Linux", osVersion: "6.1.0", country: "US", sampleId: 67 },
    { channel: "esr", os: "Linux", osVersion: "6.1.0", country: null, sampleId: 67 },
  ]);
  await server.close();

  const written = (await everyByteOf(folder.path)) + logged.join("");
  expect(written).toContain('"country":"US"');
  expect(written).not.toContain(address);
  expect(written).not.toContain("1.2.3.4");
});
