import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "#core/ports.ts";
import type { Ping } from "#telemetry/pings.ts";
import { loggedPointer } from "./decode.ts";
import { IngestError, type Report } from "./errors.ts";
import type { Forgotten } from "./forgotten.ts";
import type { Judge, Verdict } from "./judge.ts";
import { emptyState, type IndexState } from "./index-rows.ts";
import type { PingIndex } from "./ping-index.ts";
import type { RecordHeader } from "./record.ts";
import {
  listSegments,
  openSegment,
  segmentHeaderBytes,
  type Position,
  type SegmentReader,
  type SegmentStep,
} from "./segment.ts";

export interface AcceptedPing {
  readonly receivedAtMs: number;
  readonly ping: Ping;
}

/** What became of some submissions of a type, as often as it was. */
export interface VerdictCount {
  readonly docType: string;
  readonly verdict: Verdict;
  readonly count: number;
}

/** What stands in the index by now, and what has come to it since it was told before. */
export interface Found {
  readonly state: IndexState;
  readonly verdicts: readonly VerdictCount[];
  /** Oldest receipt first. */
  readonly accepted: readonly AcceptedPing[];
}

/** Reads what is durable in order, once, and enters it in the index; goes on where it stopped. */
export interface Decoder {
  /** The verdict on the record at a place that is about to become durable. */
  readonly expect: (position: Position) => Promise<Verdict>;
  /** There is something new. */
  wake(): void;
  /** Resolves once everything that is durable now was decoded. */
  readonly settled: () => Promise<void>;
  readonly state: () => IndexState;
  /** Changes in one transaction what was found before; what is durable and not decoded yet stays to be decoded. */
  readonly amend: (work: (state: IndexState) => IndexState) => void;
  /** Lets go of the segment that it has open, whose file may have been replaced. */
  readonly letGo: () => void;
  stop(): Promise<void>;
}

/** Records in one transaction and one turn of the event loop, and their decoded bytes, at most. */
const sliceRecords = 64;
const sliceBytes = 1024 * 1024;
const retryMs = 1_000;

interface Waiter {
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

export function makeDecoder(options: {
  readonly folder: string;
  readonly index: PingIndex;
  readonly judge: Judge;
  readonly forgotten: Pick<Forgotten, "add">;
  readonly clock: Pick<Clock, "delay">;
  readonly durable: () => Position;
  /** Called once it is in the index. */
  readonly onFound: (found: Found) => void;
  readonly report: Report;
}): Decoder {
  const { folder, index, judge, forgotten, clock, durable, onFound, report } = options;
  const waiters = new Map<string, Waiter>();
  let state = index.state();
  let reader: SegmentReader | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;

  function letGo(): void {
    reader?.close();
    reader = undefined;
  }

  /** The segment that `position` is in, and the place where reading it ends for now. */
  function source(position: Position): { reader: SegmentReader; limit: number } {
    if (reader?.number !== position.segment) {
      letGo();
      reader = openSegment(folder, position.segment);
    }
    const end = durable();
    return { reader, limit: end.segment === position.segment ? end.offset : reader.size() };
  }

  function isBehind(): boolean {
    const end = durable();
    const { segment, offset } = state.position;
    return segment < end.segment || (segment === end.segment && offset < end.offset);
  }

  /** Decodes some records; what is found is committed before anybody hears of it. */
  function slice(): void {
    const verdicts: { position: Position; docType: string; verdict: Verdict }[] = [];
    const accepted: AcceptedPing[] = [];
    let next = state;
    index.commit(() => {
      let bytes = 0;
      for (let count = 0; count < sliceRecords && bytes < sliceBytes; count += 1) {
        const { position } = next;
        const step = stepAt(position);
        if (step.kind === "end") {
          const following = nextSegment(position.segment);
          if (following === undefined) break;
          next = enter({ ...next, position: { segment: following, offset: segmentHeaderBytes } });
          continue;
        }
        if (step.kind === "damage") next = lose(next, position, step.end);
        else {
          const { verdict, ping, cost } = enterRecord(step.header, step.body, position);
          bytes += cost;
          if (ping !== undefined) accepted.push(ping);
          verdicts.push({ position, docType: step.header.docType, verdict });
          next = { ...next, received: next.received + 1, [verdict.kind]: next[verdict.kind] + 1 };
        }
        next = { ...next, position: { segment: position.segment, offset: step.end } };
      }
      return next;
    });
    state = next;
    // Told before anybody is answered: what they ask next is to speak of it.
    onFound({ state, verdicts: countVerdicts(verdicts), accepted });
    for (const { position, verdict } of verdicts) {
      const key = keyOf(position);
      waiters.get(key)?.resolve(verdict);
      waiters.delete(key);
    }
  }

  function stepAt(position: Position): SegmentStep {
    if (position.segment === emptyState.position.segment) return { kind: "end" };
    const { reader, limit } = source(position);
    return reader.step(position.offset, limit);
  }

  /** Enters one record in the index. Runs inside the transaction that also moves the position. */
  function enterRecord(
    header: RecordHeader,
    body: Buffer,
    position: Position,
  ): { readonly verdict: Verdict; readonly ping?: AcceptedPing; readonly cost: number } {
    const { judgement, cost, isLate } = judge(header, body);
    if (isLate) index.addLate(header, position);
    switch (judgement.kind) {
      case "duplicate":
        return { verdict: judgement, cost };
      case "error": {
        const { code, at } = judgement.fault;
        index.addError(header, position, { code, at: loggedPointer(at) });
        return { verdict: judgement, cost };
      }
      case "accepted": {
        const { digest, ping } = judgement;
        index.addPing(header, position, digest);
        // From here on, not from when it is done: nothing of theirs is to come in between.
        if (ping.type === "deletion-request") forgotten.add(ping.clientId);
        const { receivedAtMs } = header;
        return { verdict: { kind: "accepted" }, ping: { receivedAtMs, ping }, cost };
      }
    }
  }

  /** The next segment that holds durable records. */
  function nextSegment(after: number): number | undefined {
    const end = durable();
    if (end.segment <= after) return undefined;
    return listSegments(folder).find((number) => number > after && number <= end.segment);
  }

  /** Notes whose marker the state now speaks of, and a header that is not as it was written. */
  function enter(at: IndexState): IndexState {
    const { reader } = source(at.position);
    const entered = { ...at, marker: reader.marker ?? emptyState.marker };
    // A segment that was only begun when the process ended holds nothing that could be lost.
    if (reader.hasSoundHeader || reader.size() < segmentHeaderBytes) return entered;
    return lose(entered, { segment: at.position.segment, offset: 0 }, segmentHeaderBytes);
  }

  function lose(at: IndexState, from: Position, end: number): IndexState {
    const bytes = end - from.offset;
    index.addError(undefined, from, { code: "ingest/record-damaged", at: "" });
    report({
      code: "ingest/record-damaged",
      message: `segment ${from.segment}: ${bytes} bytes at ${from.offset} cannot be read`,
    });
    return {
      ...at,
      damagedRegions: at.damagedRegions + 1,
      damagedBytes: at.damagedBytes + bytes,
    };
  }

  async function run(): Promise<void> {
    while (!isStopped && isBehind()) {
      await nextTurn();
      try {
        const before = state.position;
        slice();
        if (state.position === before) break;
      } catch (cause) {
        report({
          code: "ingest/decoder-stopped",
          message: "decoding waits and tries again",
          cause,
        });
        for (const { reject } of waiters.values()) reject(cause);
        waiters.clear();
        letGo();
        await clock.delay(retryMs);
      }
    }
  }

  function start(): Promise<void> {
    return (running ??= run().finally(() => {
      running = undefined;
    }));
  }

  return {
    expect: ({ segment, offset }) =>
      new Promise((resolve, reject) => {
        waiters.set(keyOf({ segment, offset }), { resolve, reject });
      }),
    wake() {
      if (!isStopped) void start();
    },
    async settled() {
      while (!isStopped && isBehind()) await start();
    },
    state: () => state,
    amend(work) {
      let next = state;
      index.commit(() => (next = work(state)));
      state = next;
      onFound({ state, verdicts: [], accepted: [] });
    },
    letGo,
    async stop() {
      isStopped = true;
      await running;
      for (const { reject } of waiters.values())
        reject(new IngestError("ingest/closed", "the server is stopping"));
      letGo();
    },
  };
}

/** Begins anew where the index does not speak of these segments: they are what counts. */
export function reconcile(folder: string, index: PingIndex, report: Report): void {
  const { marker, position } = index.state();
  if (position.segment === emptyState.position.segment) return;
  if (listSegments(folder).includes(position.segment)) {
    const reader = openSegment(folder, position.segment);
    try {
      const isSame = Buffer.from(marker).equals(reader.marker ?? Buffer.alloc(0));
      if (isSame && position.offset <= Math.max(reader.size(), segmentHeaderBytes)) return;
    } finally {
      reader.close();
    }
  }
  report({ code: "ingest/index-rebuilt", message: "the index does not match the segments" });
  index.reset();
}

function countVerdicts(
  verdicts: readonly { readonly docType: string; readonly verdict: Verdict }[],
): readonly VerdictCount[] {
  const counts = new Map<string, VerdictCount>();
  for (const { docType, verdict } of verdicts) {
    const key = `${docType} ${verdict.kind} ${verdict.kind === "error" ? verdict.fault.code : ""}`;
    counts.set(key, { docType, verdict, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

function keyOf({ segment, offset }: Position): string {
  return `${segment}:${offset}`;
}
