import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { exportStudies } from "#kit/exported.ts";
import { startNginx } from "#kit/nginx.ts";
import { aPing } from "#kit/pings.ts";
import { readAccounts } from "#server/ingest/accounts.ts";
import { ensureNginx } from "#tools/nginx.ts";
import { runProcess } from "#tools/run-process.ts";
import { type PromiseResult, row, type Row } from "./promise.ts";
import {
  faster,
  keepBest,
  loadOf,
  noRate,
  type Rate,
  type Running,
  startOurs,
  startScript,
} from "./serving.ts";
import { startPostgres } from "#kit/postgres.ts";

const connections = 50;
/** Taken in turn, the quickest counts on either side, so that a busy machine does not decide. */
const rounds = Number(process.env["BENCH_INGEST_ROUNDS"] ?? 3);
const seconds = Number(process.env["BENCH_INGEST_SECONDS"] ?? 1);
const pingBytes = 4_096;
const seed = 20_261_122;
const fastifyFolder = path.join(import.meta.dirname, "..", ".cache", "fastify");
const fastifyPackages = ["fastify@5.12.8", "pg@8.23.1"];

/**
 * Pings a second that are durable when they are answered: ours, in production as `mulberry serve`
 * runs, beside a bare handler of node:http that appends with grouped `fdatasync`, nginx that writes
 * bodies to a log and syncs nothing, and Fastify with one insert into PostgreSQL for each, which is
 * durable, too, when it is answered. Goals: 0.8 of the bare handler, 0.6 of nginx, 4 times Fastify; by
 * the clock. The load takes its processor's time from the same machine as the server: beside the clock
 * stands what comes on a second that a server's processes had, all of them, and without the thread that
 * decodes what has been answered.
 */
export async function run(): Promise<PromiseResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "mulberry-ingest-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { dataDir } = await exportStudies(folder, 1, seed);
  const fastify = await startFastify(stack);
  const subjects = {
    ours: await startOurs(dataDir, stack),
    bare: await startScript("appending.ts", [path.join(folder, "appended")], stack),
    nginx: stack.use(await loggingNginx(path.join(folder, "nginx"))),
    ...(typeof fastify === "string" ? {} : { fastify }),
  };
  const memory: number[] = [];
  const decoded: Decoded[] = [];
  const rates = await measure(subjects, async (all) => {
    memory.push(await residentMiB(subjects.ours.pid));
    decoded.push(await decoding(dataDir, all));
  });
  const rows: Row[] = [];
  const missed: string[] = [];
  for (const [name, what, goal] of [
    ["bare", "bare node:http, grouped fdatasync", 0.8],
    ["nginx", "nginx to a log, no sync", 0.6],
    ["fastify", "Fastify, a PostgreSQL insert each", 4],
  ] as const) {
    const [ours, theirs] = [rates["ours"], rates[name]];
    if (ours === undefined || theirs === undefined) continue;
    const judged = faster(`beside ${what}`, ours.byClock, theirs.byClock, "a second");
    rows.push(judged);
    const unit = "a processor's second";
    rows.push(
      faster("  by the processor", ours.byProcessor, theirs.byProcessor, unit),
      faster("  the same, decoding left out", ours.byForeground, theirs.byForeground, unit),
    );
    if (judged.ratio < goal) missed.push(`${String(goal)} of ${what}`);
  }
  const last = decoded.at(-1) ?? { came: 0, meanwhile: 0, afterwards: 0, seconds: 0 };
  rows.push(
    faster("decoded while they came; beside it what came", last.meanwhile, last.came, "pings"),
    faster("decoded afterwards; beside it how long", last.afterwards, last.seconds, "pings, s"),
    row(
      "memory after the last round; beside it after the first",
      memory.at(-1) ?? 0,
      memory[0] ?? 0,
      "MiB",
    ),
  );
  return {
    name: `ingest (${String(pingBytes)} bytes of gzip, ${String(connections)} connections)`,
    rows,
    ...(missed.length > 0 && { broken: `promised: ${missed.join(", ")}` }),
    ...(typeof fastify === "string" && { notMeasured: `Fastify: ${fastify}` }),
  };
}

let runs = 0;

/** @param afterOurs - called after each load of ours with how many pings that sent */
async function measure(
  subjects: Readonly<Record<string, Subject>>,
  afterOurs: (all: number) => Promise<void>,
): Promise<Readonly<Record<string, Rate>>> {
  const rates: Record<string, Rate> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, { url, pid, servants = [] }] of Object.entries(subjects)) {
      const { hostname: host, port } = new URL(url);
      runs += 1;
      const job = { host, port: Number(port), ping: aLongPing(), connections, seconds, run: runs };
      const rate = await loadOf([pid, ...servants], "submit.ts", job);
      keepBest((rates[name] ??= { ...noRate }), rate);
      if (name === "ours") await afterOurs(rate.all);
    }
  }
  return rates;
}

/** A server with the processes that work for it and are not its children. */
interface Subject extends Running {
  readonly servants?: readonly number[];
}

/** What a process holds of the machine's memory. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1]) / 1_024;
}

/** A ping of events that is as long as it is to be. */
function aLongPing(): string {
  const ping = aPing();
  const spare =
    pingBytes -
    40 -
    JSON.stringify({ ...ping, payload: { ...ping.payload, events: { dynamic: [] } } }).length;
  const event = [1_000, "normandy", "enroll", "preference_study", "swifter-tabs", extra] as const;
  const count = Math.floor(spare / (JSON.stringify(event).length + 1));
  const events = { dynamic: Array.from({ length: count }, () => event) };
  return JSON.stringify({ ...ping, payload: { ...ping.payload, events } });
}
const extra = {
  experimentType: "exp",
  branch: "control",
  enrollmentId: "0b1f3d52-5a6e-4d7c-8f90-a1b2c3d4e5f6",
};

/** What became of one load of pings. */
interface Decoded {
  readonly came: number;
  readonly meanwhile: number;
  readonly afterwards: number;
  /** Until nothing was left. */
  readonly seconds: number;
}

let decodedBefore = 0;

/** Waits until all that came is decoded. */
async function decoding(dataDir: string, came: number): Promise<Decoded> {
  const received = async (): Promise<number> =>
    (await readAccounts(dataDir, { audit: false })).accounts.received - decodedBefore;
  const started = performance.now();
  const meanwhile = await received();
  let all = meanwhile;
  // Some of the last were taken and their senders gone before the answer.
  for (let last = -1; all < came || all !== last; all = await received()) {
    last = all;
    await delay(200);
  }
  const seconds = (performance.now() - started) / 1_000;
  decodedBefore += all;
  return { came, meanwhile, afterwards: all - meanwhile, seconds };
}

/** nginx hands what was sent on to itself, for it logs a body only where it has read it. */
async function loggingNginx(folder: string): ReturnType<typeof startNginx> {
  const inner = path.join(folder, "inner.sock");
  return startNginx(await ensureNginx(console.error), folder, (port) =>
    [
      "log_format bodies escape=none '$request_body';",
      `upstream inner { server unix:${inner}; keepalive 50; }`,
      `server { listen unix:${inner}; keepalive_requests 100000000; return 200; }`,
      `server { listen 127.0.0.1:${String(port)}; keepalive_requests 100000000;`,
      "client_body_buffer_size 16k; client_body_in_single_buffer on;",
      `location / { access_log ${path.join(folder, "bodies.log")} bodies;`,
      'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://inner; } }',
    ].join(" "),
  );
}

/** Fetched for this alone and no dependency of ours. @returns why not, where it cannot be had */
async function startFastify(stack: AsyncDisposableStack): Promise<Subject | string> {
  const postgres = await startPostgres();
  if (typeof postgres === "string") return postgres;
  stack.use(postgres);
  const installed = await runProcess("npm", [
    ...["install", "--prefix", fastifyFolder, "--prefer-offline", "--ignore-scripts", "--no-audit"],
    ...["--no-fund", ...fastifyPackages],
  ]);
  if (installed.status !== 0)
    return `npm could not fetch it: ${installed.output.trim().split("\n").at(-1) ?? ""}`;
  const job = { folder: fastifyFolder, socket: postgres.socket };
  const started = await startScript("fastify.ts", [JSON.stringify(job)], stack);
  return { ...started, servants: [postgres.pid] };
}
