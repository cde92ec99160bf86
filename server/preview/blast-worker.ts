import { parentPort, workerData } from "node:worker_threads";
import { blastOver, type Exchange } from "../authoring/blast.ts";
import { storedEnvironments, syntheticEnvironments } from "./environments.ts";

/** What a worker is given: its part of the browsers. */
export interface BlastTask {
  readonly exchange: Exchange;
  readonly dataDir: string;
  readonly most: number;
  readonly part: { readonly index: number; readonly of: number };
  /** Whether the browsers are made up. */
  readonly synthetic: boolean;
}

const { exchange, dataDir, most, part, synthetic } = workerData as BlastTask;
const { nowMs } = exchange;
const clients = synthetic
  ? syntheticEnvironments(nowMs, part, most)
  : storedEnvironments({ dataDir, nowMs, most, part });
parentPort?.postMessage(await blastOver(exchange, clients));
