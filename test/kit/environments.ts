import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { usingDuck } from "#server/archive/duck.ts";
import { openStage } from "#server/archive/parts.ts";
import { nextPart } from "#server/archive/partitions.ts";
import { normalize } from "#server/ingest/normalize.ts";
import { aPing } from "./pings.ts";

const channels = ["release", "release", "release", "esr", "esr", "beta", "nightly"] as const;
const locales = ["en-US", "en-US", "de", "fr", "pl"] as const;
const countries = ["US", "DE", "AT", "FR", "PL", undefined] as const;
const systems = [
  { name: "Windows_NT", version: "10.0" },
  { name: "Linux", version: "6.1.0" },
  { name: "Darwin", version: "24.1.0" },
] as const;

/** The id of the client with this number. */
export function aClientId(number: number): string {
  return `2907648d-711b-4e9f-94b5-${number.toString(16).padStart(12, "0")}`;
}

/** An archive with one ping of each of so many clients, all different, received at that moment. */
export async function anArchiveOf(
  dataDir: string,
  clients: number,
  receivedMs: number,
): Promise<void> {
  const receivedAt = new Date(receivedMs).toISOString();
  const partition = { date: receivedAt.slice(0, 10), type: "event" };
  const part = nextPart(dataDir, partition, []);
  await mkdir(dirname(part), { recursive: true });
  await usingDuck(async (connection) => {
    const stage = await openStage(connection);
    for (let number = 0; number < clients; number += 1) {
      const ping = aPingOf(number);
      const normalized = normalize(ping, pick(countries, number * 5));
      stage.add({ seq: number, receivedAt, ping, normalized });
    }
    await stage.moveTo(part, undefined);
  });
}

function aPingOf(number: number): ReturnType<typeof aPing> {
  const base = aPing();
  const major = 140 + (number % 20);
  const channel = pick(channels, number);
  const version = `${String(major)}.0`;
  return aPing({
    id: `0b0f3f64-6c0a-4d3c-9d0f-${number.toString(16).padStart(12, "0")}`,
    clientId: aClientId(number),
    application: {
      ...base.application,
      version,
      displayVersion: channel === "esr" ? `${version}esr` : version,
      channel,
    },
    environment: {
      settings: { locale: pick(locales, number * 7), telemetryEnabled: true },
      system: { os: pick(systems, number * 5) },
      experiments: {},
    },
  });
}

function pick<T>(from: readonly T[], number: number): T {
  return from[number % from.length] as T;
}
