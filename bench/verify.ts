import { webcrypto } from "node:crypto";
import { MemoryMirror, MemoryStore } from "#core/memory.ts";
import type { Network } from "#core/ports.ts";
import { sync } from "#core/sync.ts";
import { clock } from "#extension/platform/clock.ts";
import { tokens } from "#extension/platform/tokens.ts";
import { anAuthority } from "#kit/authority.ts";
import { aJsonAnswer, anAnswer } from "#kit/client.ts";
import { someFilters } from "#kit/filters.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import { type PromiseResult, row } from "./promise.ts";

const recipes = 1_000;
const seed = 20_261_122;
/** The quickest counts on either side. */
const rounds = 5;
const goal = 40;

/**
 * What a client verifies when one recipe of 1,000 changed: one keycert, one manifest and the hash of
 * every body that it holds. Beside it, in the same place, what a signature for each recipe would cost:
 * 1,000 verifications of P-384, the key at hand. Goal: 40 times cheaper.
 */
export async function run(): Promise<PromiseResult> {
  const inNode = row("in Node", await oursInNode(), await signaturesInNode(), "ms");
  await using stage = await openStage();
  const inFirefox = row(
    "in Firefox",
    await oursInFirefox(stage),
    await signaturesInFirefox(stage),
    "ms",
  );
  const rows = [inNode, inFirefox];
  const slow = rows.filter(({ ratio }) => ratio < goal);
  return {
    name: `verification (1 of ${String(recipes)} recipes changed; beside it ${String(recipes)} signatures)`,
    rows,
    ...(slow.length > 0 && {
      broken: `promised: ${String(goal)} times cheaper ${slow.map(({ what }) => what).join(" and ")}`,
    }),
  };
}

function aSet(changed: number): readonly ReturnType<typeof aConsoleLog>[] {
  return someFilters(recipes, seed).map((filter_expression, index) =>
    aConsoleLog({
      id: index + 1,
      slug: `recipe-${String(index)}`,
      name: index === 0 ? `Changed ${String(changed)}` : "Recipe",
      filter_expression,
    }),
  );
}

/** The client's own sync over a network that answers at once; it tells what it verified for how long. */
async function oursInNode(): Promise<number> {
  const authority = await anAuthority();
  const store = new MemoryStore();
  const mirror = new MemoryMirror();
  const log = { write: () => undefined };
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const set = await authority.bundle({ recipes: aSet(round), manifest: { n: 10 + round } });
    const network: Pick<Network, "get"> = {
      async get(url) {
        const [, , kind = "", name = ""] = new URL(url).pathname.split("/");
        if (kind === "r") return anAnswer(set.bodies.get(name) ?? "");
        return kind === "bundle.json" ? aJsonAnswer(set.bundle) : anAnswer("", { status: 404 });
      },
    };
    const nowMs = authority.nowSeconds * 1_000;
    const outcome = await sync(
      { serverUrl: "https://mulberry.example", pinnedRoot: authority.root, nowMs },
      { store, mirror, network: network as Network, tokens, clock, log },
    );
    if (outcome.kind === "failed") throw new Error(`${outcome.status}: ${outcome.reason}`);
    // The first one has nothing yet.
    if (round > 0) times.push(outcome.verifyMs);
  }
  return Math.min(...times);
}

async function signaturesInNode(): Promise<number> {
  const verifyAll = await prepared(webcrypto.subtle, recipes);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await verifyAll());
  return Math.min(...times);
}

async function oursInFirefox(stage: Stage): Promise<number> {
  await stage.nextRun(undefined);
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await stage.publish(aSet(round));
    const { runner, timings } = await stage.run();
    if (runner !== "success") throw new Error(`a run ended with ${runner}`);
    if (round > 0) times.push(timings.verify);
  }
  return Math.min(...times);
}

async function signaturesInFirefox(stage: Stage): Promise<number> {
  const times: number[] = [];
  const source = `async (count) => {
    const prepared = ${String(prepared)};
    return (await prepared(crypto.subtle, count))();
  }`;
  for (let round = 0; round < rounds; round += 1)
    times.push(Number(await stage.firefox.runPrivileged(source, recipes)));
  return Math.min(...times);
}

/**
 * Makes so many signatures; what it returns verifies them one after another and tells how many
 * milliseconds that took. Its source runs in Firefox, too, so it names nothing from outside.
 */
async function prepared(
  subtle: Pick<webcrypto.SubtleCrypto, "generateKey" | "sign" | "verify">,
  count: number,
): Promise<() => Promise<number>> {
  const key = { name: "ECDSA", namedCurve: "P-384" };
  const algorithm = { name: "ECDSA", hash: "SHA-384" };
  const { privateKey, publicKey } = await subtle.generateKey(key, false, ["sign", "verify"]);
  const signed: { data: Uint8Array<ArrayBuffer>; signature: ArrayBuffer }[] = [];
  for (let index = 0; index < count; index += 1) {
    const data = new Uint8Array(1_024).fill(index % 251);
    signed.push({ data, signature: await subtle.sign(algorithm, privateKey, data) });
  }
  return async () => {
    const started = performance.now();
    for (const { data, signature } of signed)
      if (!(await subtle.verify(algorithm, publicKey, signature, data)))
        throw new Error("a signature is wrong");
    return performance.now() - started;
  };
}
