import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { exportStudies } from "#kit/exported.ts";
import { startNginx } from "#kit/nginx.ts";
import { ensureNginx } from "#tools/nginx.ts";
import { runProcess } from "#tools/run-process.ts";
import type { PromiseResult, Row } from "./promise.ts";
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

const recipes = 200;
const connections = 50;
const seed = 20_261_122;
/** Taken in turn, the quickest counts on either side, so that a busy machine does not decide. */
const rounds = 8;
const seconds = 1.2;
const unleashVersion = "8.2.0";
const unleashFolder = path.join(import.meta.dirname, "..", ".cache", "unleash");
const token = "*:development.benchbenchbenchbenchbench";

/** Something that serves, and what to ask it for. */
interface Subject extends Running {
  readonly path: string;
  readonly headers: string;
  /** Whether all its answers have one length. */
  readonly isSteady: boolean;
}

/** Ways to ask: for all of it, for all of it packed as browsers and SDKs do, and whether it changed. */
const questions = {
  "200": { status: 200, headers: "Accept-Encoding: identity\r\n" },
  "200, packed": { status: 200, headers: "Accept-Encoding: gzip\r\n" },
  "304": { status: 304, headers: "Accept-Encoding: identity\r\n" },
} as const;
type Question = keyof typeof questions;
type Rates = Readonly<Record<Question, Rate>>;

const names: Readonly<Record<string, string>> = {
  nginx: "nginx, one worker",
  bare: "bare node:http",
  unleash: "Unleash",
};
const goals = [
  ["nginx", "200", 0.3],
  ["nginx", "304", 0.3],
  ["bare", "200", 0.9],
  ["bare", "304", 0.9],
  ["unleash", "200", 30],
  ["unleash", "200, packed", 30],
  ["unleash", "304", 10],
] as const satisfies readonly (readonly [string, Question, number])[];

/**
 * Bundles a second: ours, in production as `mulberry serve` runs, beside nginx with one worker over the
 * same bytes, a bare handler of node:http, and Unleash's endpoint for clients with as many features.
 * Goals: 0.3 of nginx, 0.9 of the bare handler, 30 times Unleash (10 times for 304). They are held
 * against the processor's time, which a machine that does other things, too, falsifies less. How far
 * the others are from Unleash is no promise: it says what a server over node:http can come to at most,
 * and what `mulberry export` behind nginx comes to.
 */
export async function run(): Promise<PromiseResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "mulberry-bundle-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { dataDir, out } = await exportStudies(folder, recipes, seed);
  const bundle = path.join(out, "v2", "bundle.json");
  const bundleAt = (running: Running): Subject => ({
    url: running.url,
    pid: running.pid,
    path: "/v2/bundle.json",
    headers: "",
    isSteady: true,
  });
  const unleash = await startUnleash(stack);
  const rates = await measure({
    ours: bundleAt(await startOurs(dataDir, stack)),
    nginx: bundleAt(stack.use(await nginxOver(out, path.join(folder, "nginx")))),
    bare: bundleAt(await startScript("bare.ts", [bundle], stack)),
    ...(typeof unleash === "string" ? {} : { unleash }),
  });
  const rows: Row[] = [];
  const missed: string[] = [];
  const compare = (question: Question, of: string, beside: string): Row | undefined => {
    const [ours, theirs] = [rates[of]?.[question], rates[beside]?.[question]];
    if (ours === undefined || theirs === undefined) return undefined;
    const what = `${question}, ${of === "ours" ? "" : `${names[of] ?? of} `}beside ${names[beside] ?? beside}`;
    const judged = faster(what, ours.byProcessor, theirs.byProcessor, "a processor's second");
    rows.push(judged, faster("  by the clock", ours.byClock, theirs.byClock, "a second"));
    return judged;
  };
  const most = compare("200", "bare", "unleash");
  compare("200", "nginx", "unleash");
  for (const [beside, question, goal] of goals) {
    const judged = compare(question, "ours", beside);
    if (judged === undefined || judged.ratio >= goal) continue;
    const isBeyond = question === "200" && beside === "unleash" && most !== undefined;
    missed.push(
      `${String(goal)} of ${names[beside]} for ${question}${isBeyond ? ` (a bare handler: ${most.ratio.toFixed(1)})` : ""}`,
    );
  }
  const kilobytes = Math.round((await stat(bundle)).size / 1_024);
  return {
    name: `bundle (${String(recipes)} recipes, ${String(kilobytes)} KB, ${String(connections)} connections, seed ${String(seed)})`,
    rows,
    ...(missed.length > 0 && { broken: `promised: ${missed.join(", ")}` }),
    ...(typeof unleash === "string" && { notMeasured: `Unleash: ${unleash}` }),
  };
}

async function measure(
  subjects: Readonly<Record<string, Subject>>,
): Promise<Readonly<Record<string, Rates>>> {
  const rates: Record<string, Rates> = {};
  const none = (): Rate => ({ ...noRate });
  for (let round = 0; round < rounds; round += 1)
    for (const [name, subject] of Object.entries(subjects)) {
      const best = (rates[name] ??= { "200": none(), "200, packed": none(), "304": none() });
      keepBest(best["200"], await load(subject, "200"));
      // The others have one form alone.
      if (name === "ours" || name === "unleash")
        keepBest(best["200, packed"], await load(subject, "200, packed"));
      keepBest(best["304"], await load(subject, "304", await etagOf(subject)));
    }
  return rates;
}

async function load(subject: Subject, question: Question, etag = ""): Promise<Rate> {
  const { hostname: host, port } = new URL(subject.url);
  const { status, headers } = questions[question];
  const more = etag === "" ? headers : `${headers}If-None-Match: ${etag}\r\n`;
  const request = `GET ${subject.path} HTTP/1.1\r\nHost: mulberry.example\r\n${subject.headers}${more}\r\n`;
  const { isSteady } = subject;
  const job = { host, port: Number(port), request, status, isSteady, connections, seconds };
  return await loadOf([subject.pid], "load.ts", job);
}

async function etagOf({ url, path: where, headers: own }: Subject): Promise<string> {
  const [, value = ""] = /^authorization: (.*)\r\n/iu.exec(own) ?? [];
  const headers = { "accept-encoding": "identity", ...(value !== "" && { authorization: value }) };
  const answer = await fetch(url + where, { headers });
  await answer.arrayBuffer();
  return answer.headers.get("etag") ?? "";
}

/** At its quickest: no log, open files kept. */
async function nginxOver(out: string, folder: string): ReturnType<typeof startNginx> {
  return startNginx(await ensureNginx(console.error), folder, (port) =>
    [
      `server { listen 127.0.0.1:${String(port)}; root ${out}; default_type application/json;`,
      "keepalive_requests 100000000; open_file_cache max=100;",
      'add_header Cache-Control "public, max-age=60"; add_header Access-Control-Allow-Origin *; }',
    ].join(" "),
  );
}

/** Fetched for this alone and no dependency of ours. @returns why not, where it cannot be had */
async function startUnleash(stack: AsyncDisposableStack): Promise<Subject | string> {
  const postgres = await startPostgres();
  if (typeof postgres === "string") return postgres;
  stack.use(postgres);
  const installed = await runProcess("npm", [
    ...["install", "--prefix", unleashFolder, "--prefer-offline", "--ignore-scripts", "--no-audit"],
    ...["--no-fund", `unleash-server@${unleashVersion}`],
  ]);
  if (installed.status !== 0)
    return `npm could not fetch it: ${installed.output.trim().split("\n").at(-1) ?? ""}`;
  const job = { folder: unleashFolder, socket: postgres.socket, token, features: recipes };
  // Its own limits on requests would be measured otherwise.
  const limits = Object.fromEntries(
    ["SDK_API", "TOKEN_AUTHENTICATION"].map((name) => [
      `${name}_RATE_LIMIT_PER_MINUTE`,
      "1000000000",
    ]),
  );
  const running = await startScript("unleash.ts", [JSON.stringify(job)], stack, {
    ...process.env,
    ...limits,
  });
  return {
    ...running,
    path: "/api/client/features",
    headers: `Authorization: ${token}\r\n`,
    isSteady: false,
  };
}
