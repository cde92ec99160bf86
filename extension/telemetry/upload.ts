import * as v from "valibot";
import type { Ports } from "#core/ports.ts";
import { zoneMinutesAt } from "./local-time.ts";
import { isOwed, type Outbox, type OutboxEntry, typeOf } from "./outbox.ts";
import { send, type Sending } from "./send.ts";
import { noteSent } from "./sent.ts";
import { type Night, nightAt, nightShape } from "./spread.ts";

const stateKey = "upload";
/** Pings sent in one go at most. */
const batch = 10;
/** Between one go and the next, as long as there is something to send and nothing fails. */
const tickMs = 60_000;
const longestDelayMs = 120 * 60_000;

const stored = v.object({
  /** Not before this moment. */
  notBeforeMs: v.number(),
  /** The wait that led to it; doubles with each failure. */
  delayMs: v.number(),
  night: v.exactOptional(nightShape),
});
type State = v.InferOutput<typeof stored>;

export interface UploadReport {
  readonly sent: number;
  /** Refused by the server for what they are: sending them again would not help. */
  readonly refused: number;
  /** Still waiting. */
  readonly waiting: number;
  /** When to try again, in milliseconds since 1970; absent when nothing waits. */
  readonly nextMs?: number;
}

/** Something went wrong with a ping of this type. */
export type Trouble = Exclude<Sending, { readonly kind: "taken" }> & { readonly type: string };

interface Options {
  /** Asks now, whatever back-off and midnight say (QA). */
  readonly isEager?: boolean;
  readonly onTrouble?: (trouble: Trouble) => void;
}

type UploadPorts = Pick<Ports, "store" | "network" | "clock" | "log" | "random">;

/**
 * Sends what waits in the outbox, what is owed first, then the newest, and obeys the back-off that
 * failures before left. In the hour after local midnight each browser waits for a moment of its own.
 *
 * 2xx ends a ping, and so does 4xx, but for what is owed, and a size that no server takes; anything else
 * keeps it and doubles the wait, from 2 to 120 minutes, or to what the server asks for within these.
 */
export async function upload(
  outbox: Outbox,
  serverUrl: string,
  ports: UploadPorts,
  { isEager = false, onTrouble = () => undefined }: Options = {},
): Promise<UploadReport> {
  const state = await readState(ports);
  const waiting = outbox.waiting().length;
  if (!isEager) {
    const nextMs = await notBefore(state, waiting, ports);
    if (nextMs !== undefined) return { sent: 0, refused: 0, waiting, nextMs };
  }
  const nowMs = ports.clock.nowMs();
  let sent = 0;
  let refused = 0;
  let isOwing = false;
  for (const entry of dueOf(outbox)) {
    const { id, path } = entry;
    const json = await outbox.body(id);
    if (json === undefined) {
      refused += 1;
      ports.log.write("warn", "the store lost a ping", { id });
      await outbox.remove(id);
      continue;
    }
    const sending = await send(serverUrl + path, json, ports);
    if (sending.kind === "taken") {
      sent += 1;
      await outbox.remove(id, await noteSent(json, ports.store, nowMs));
      continue;
    }
    onTrouble({ ...sending, type: typeOf(entry) });
    if (sending.kind === "failed")
      return failed(outbox, state, { sent, refused }, ports, sending.patienceMs);
    refused += 1;
    ports.log.write("warn", "a ping was not taken", { id, cause: sending.kind });
    if (sending.kind === "refused" && isOwed(entry)) isOwing = true;
    else await outbox.remove(id);
  }
  if (isOwing) return failed(outbox, state, { sent, refused }, ports);
  if (state.delayMs > 0) await writeState({ ...state, notBeforeMs: 0, delayMs: 0 }, ports);
  const left = outbox.waiting().length;
  return { sent, refused, waiting: left, ...(left > 0 ? { nextMs: nowMs + tickMs } : {}) };
}

async function readState({ store }: Pick<Ports, "store">): Promise<State> {
  const parsed = v.safeParse(stored, await store.get(stateKey));
  return parsed.success ? parsed.output : { notBeforeMs: 0, delayMs: 0 };
}

async function writeState(state: State, { store }: Pick<Ports, "store">): Promise<void> {
  await store.set({ [stateKey]: state });
}

/** The moment before which nothing is sent; `undefined`: now is as good as any. */
async function notBefore(
  state: State,
  waiting: number,
  ports: UploadPorts,
): Promise<number | undefined> {
  const nowMs = ports.clock.nowMs();
  const waitMs = state.notBeforeMs - nowMs;
  // A clock that went back must not silence the client for longer than it would ever wait.
  if (waitMs > 0 && waitMs <= longestDelayMs) return state.notBeforeMs;
  const night: Night | undefined =
    waiting === 0 ? undefined : nightAt(nowMs, zoneMinutesAt(nowMs), state.night, ports.random);
  if (night === undefined || nowMs >= night.untilMs) return undefined;
  if (night !== state.night) await writeState({ ...state, night }, ports);
  return night.untilMs;
}

/** What is owed goes first and takes nobody's place: a server that refuses it must not hold up the rest. */
function dueOf(outbox: Outbox): readonly OutboxEntry[] {
  const waiting = outbox.waiting();
  const owed = waiting.filter(isOwed);
  return waiting.slice(0, owed.length + batch);
}

async function failed(
  outbox: Outbox,
  state: State,
  done: { readonly sent: number; readonly refused: number },
  ports: Pick<Ports, "store" | "clock">,
  patienceMs = 0,
): Promise<UploadReport> {
  const delayMs = Math.min(Math.max(tickMs, state.delayMs) * 2, longestDelayMs);
  const waitMs = Math.min(Math.max(delayMs, patienceMs), longestDelayMs);
  const nextMs = ports.clock.nowMs() + waitMs;
  await writeState({ ...state, notBeforeMs: nextMs, delayMs }, ports);
  return { ...done, waiting: outbox.waiting().length, nextMs };
}
