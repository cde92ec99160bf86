import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomOf } from "#kit/filters.ts";
import { type Impostor, openImpostor } from "#kit/impostor.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import type { Ping } from "#telemetry/pings.ts";

// Firefox killed with SIGKILL while pings wait, are sent, and are answered. `PING_KILL_ROUNDS` and
// `PING_KILL_SEED` ask for more rounds and for the same ones again.

const rounds = Number(process.env["PING_KILL_ROUNDS"] ?? 2);
const seed = Number(process.env["PING_KILL_SEED"] ?? Date.now() % 1_000_000);

let stage: Stage;
let impostor: Impostor;
/** How long a run with its pings takes here, in milliseconds. */
let usualMs = 0;

beforeAll(async () => {
  stage = await openStage();
  await stage.nextRun(undefined);
  impostor = await openImpostor(stage.server.url);
  await askAt(impostor.url);
  await stage.publish([aConsoleLog({ id: 13 })]);
  const startedAt = performance.now();
  await stage.run();
  usualMs = performance.now() - startedAt;
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await impostor[Symbol.asyncDispose]();
});

const waitingPing = v.object({ id: v.string(), type: v.string() });
/** Every ping that lies in the browser's own store. */
async function waiting(): Promise<readonly v.InferOutput<typeof waitingPing>[]> {
  const page = await stage.firefox.openPage("pages/studies.html");
  const bodies = await page.run(
    `async () => Object.entries(await browser.storage.local.get(null))
      .filter(([key]) => key.startsWith("outbox/"))
      .map(([, json]) => JSON.parse(json))
      .map(({ id, type }) => ({ id, type }))`,
  );
  await page.close();
  return v.parse(v.array(waitingPing), bodies);
}

async function stored(): Promise<readonly Ping[]> {
  await stage.server.ingest.settled();
  const pings = await Array.fromAsync(stage.server.ingest.pings());
  return pings.map(({ ping }) => ping);
}

/** Nobody listens there. */
const nobody = "http://127.0.0.1:9";
const askAt = (url: string) => stage.firefox.setPref("extensions.mulberry.server_url", url);

test(
  `of pings that wait while Firefox is killed ${String(rounds)} times none is lost and none doubled (seed ${String(seed)})`,
  { timeout: 60_000 + rounds * 60_000 },
  async () => {
    const random = randomOf(seed);
    const known = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const at = `seed ${String(seed)}, round ${String(round)}`;
      // Nobody is there, or the server takes pings and its answers are lost: either way they wait.
      const isHeard = random() < 0.5;
      if (isHeard) impostor.play(/^\/submit\//u, (response) => void response.destroy());
      else await askAt(nobody);
      await stage.run();
      await expect.poll(async () => (await waiting()).length, { message: at }).toBeGreaterThan(0);
      for (const { id } of await waiting()) known.add(id);
      // Then somebody does, and the kill comes while pings are on their way.
      if (random() < 0.7) {
        impostor.behave();
        await askAt(impostor.url);
        const asked = Math.floor(random() * 2 ** 30) + 1_000;
        await stage.firefox.setPref("extensions.mulberry.run_now", asked);
        await new Promise((done) => setTimeout(done, Math.floor(random() * usualMs * 1.2)));
      }
      await stage.firefox.kill();
      impostor.behave();
      await stage.firefox.start();
      await askAt(impostor.url);
      await stage.run();
      await expect.poll(async () => (await waiting()).length, { message: at }).toBe(0);

      const pings = await stored();
      const ids = pings.map(({ id }) => id);
      expect(ids.length, at).toBe(new Set(ids).size);
      expect(
        [...known].filter((id) => !ids.includes(id)),
        at,
      ).toEqual([]);
      expect(new Set(pings.map(({ clientId }) => clientId)).size, at).toBe(1);
      // Every session that was killed so far has its one ping, and each names the one before.
      const mains = pings.filter((ping) => ping.type === "main");
      expect(mains, at).toHaveLength(round + 1);
      for (const [place, { payload }] of mains.entries())
        expect(payload.info.profileSubsessionCounter, at).toBe(place + 1);
    }
  },
);
