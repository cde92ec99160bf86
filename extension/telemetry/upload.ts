import * as v from "valibot";
import type { Ports } from "#core/ports.ts";
import { isOwed, type Outbox, type OutboxEntry } from "./outbox.ts";
import { noteSent } from "./sent.ts";

const stateKey = "upload";
/** Pings sent in one go at most. */
const batch = 10;
const firstDelayMs = 60_000;
const longestDelayMs = 120 * 60_000;

const stored = v.object({
  /** Not before this moment. */
  notBeforeMs: v.number(),
  /** The wait that led to it; doubles with each failure. */
  delayMs: v.number(),
});

export interface UploadReport {
  readonly sent: number;
  /** Refused by the server for what they are: sending them again would not help. */
  readonly refused: number;
  /** Still waiting. */
  readonly waiting: number;
  /** When to try again, in milliseconds since 1970; absent when nothing waits. */
  readonly nextMs?: number;
}

/**
 * Sends what waits in the outbox, newest first, and obeys the back-off that failures before left.
 *
 * 2xx ends a ping, and so does 4xx, but for what is owed; anything else keeps it and doubles the wait, from
 * 1 to 120 minutes.
 *
 * @param eager - asks now, whatever the back-off says (QA)
 */
export async function upload(
  outbox: Outbox,
  serverUrl: string,
  ports: Pick<Ports, "store" | "network" | "clock" | "log">,
  eager = false,
): Promise<UploadReport> {
  const parsed = v.safeParse(stored, await ports.store.get(stateKey));
  const state = parsed.success ? parsed.output : { notBeforeMs: 0, delayMs: 0 };
  const nowMs = ports.clock.nowMs();
  const waitMs = state.notBeforeMs - nowMs;
  // A clock that went back must not silence the client for longer than it would ever wait.
  if (!eager && waitMs > 0 && waitMs <= longestDelayMs)
    return { sent: 0, refused: 0, waiting: outbox.waiting().length, nextMs: state.notBeforeMs };

  let sent = 0;
  let refused = 0;
  let isOwing = false;
  for (const entry of dueOf(outbox)) {
    const { id, path } = entry;
    const json = await outbox.body(id);
    const outcome = json === undefined ? "refused" : await send(serverUrl + path, json, ports);
    if (outcome === "failed") return failed(outbox, state.delayMs, { sent, refused }, ports);
    if (outcome === "refused") {
      refused += 1;
      ports.log.write("warn", "the server refused a ping", { id });
    } else sent += 1;
    if (outcome === "refused" && json !== undefined && isOwed(entry)) isOwing = true;
    else {
      const isSent = outcome === "sent" && json !== undefined;
      await outbox.remove(id, isSent ? await noteSent(json, ports.store, nowMs) : {});
    }
  }
  if (isOwing) return failed(outbox, state.delayMs, { sent, refused }, ports);
  if (state.delayMs > 0) await ports.store.set({ [stateKey]: { notBeforeMs: 0, delayMs: 0 } });
  const waiting = outbox.waiting().length;
  return { sent, refused, waiting, ...(waiting > 0 ? { nextMs: nowMs + firstDelayMs } : {}) };
}

/** What is owed goes first and takes nobody's place: a server that refuses it must not hold up the rest. */
function dueOf(outbox: Outbox): readonly OutboxEntry[] {
  const waiting = outbox.waiting();
  const owed = waiting.filter(isOwed);
  return waiting.slice(0, owed.length + batch);
}

async function send(
  url: string,
  json: string,
  { network }: Pick<Ports, "network">,
): Promise<"sent" | "refused" | "failed"> {
  const answer = await network.post(url, json, {});
  if (answer.kind !== "answer") return "failed";
  if (answer.status >= 200 && answer.status < 300) return "sent";
  // 429 asks for patience, not for silence.
  return answer.status >= 400 && answer.status < 500 && answer.status !== 429
    ? "refused"
    : "failed";
}

async function failed(
  outbox: Outbox,
  delayMs: number,
  done: { readonly sent: number; readonly refused: number },
  { store, clock }: Pick<Ports, "store" | "clock">,
): Promise<UploadReport> {
  const next = Math.min(Math.max(firstDelayMs, delayMs * 2), longestDelayMs);
  const nextMs = clock.nowMs() + next;
  await store.set({ [stateKey]: { notBeforeMs: nextMs, delayMs: next } });
  return { ...done, waiting: outbox.waiting().length, nextMs };
}
