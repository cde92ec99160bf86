import { connect, type Socket } from "node:net";
import * as v from "valibot";

// The other end of a benchmark of a server, in a process of its own: `node load.ts JSON` asks for one
// thing over and over on many connections, each time as soon as the answer before is whole, and prints
// how many it got. Where all answers have as many bytes as the first, it counts bytes and parses nothing:
// a generator that parses each costs more than what nginx does for it, and would hide the difference
// that is to be measured.

const job = v.object({
  host: v.string(),
  port: v.number(),
  /** The whole request, as it goes over the wire. */
  request: v.string(),
  status: v.number(),
  /** Whether all answers have the same length; else each is parsed. */
  isSteady: v.boolean(),
  connections: v.number(),
  seconds: v.number(),
});

const { host, port, request, status, isSteady, connections, seconds } = v.parse(
  job,
  JSON.parse(process.argv[2] ?? ""),
);
const bytes = Buffer.from(request);
/** In packed bytes it stands by chance once in 10^16; there the answer would count early. */
const lastChunk = Buffer.from("\r\n0\r\n\r\n");
const length = await lengthOfAnswer();
let answers = 0;
let isOver = false;
const sockets = await Promise.all(Array.from({ length: connections }, open));
// Connections and the server's code are warm before it counts.
await run(seconds / 4);
const before = answers;
const started = performance.now();
await run(seconds);
const took = (performance.now() - started) / 1_000;
isOver = true;
for (const socket of sockets) socket.destroy();
process.stdout.write(`${JSON.stringify({ perSecond: (answers - before) / took, all: answers })}\n`);

function open(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true }, () => {
      const isWhole = isSteady ? bytesOf(length) : parsed();
      socket.on("data", (chunk) => {
        if (!isWhole(chunk)) return;
        answers += 1;
        socket.write(bytes);
      });
      socket.on("close", () => {
        if (!isOver) fail("the server closed a connection");
      });
      socket.on("error", (error) => {
        if (!isOver) fail(String(error));
      });
      socket.write(bytes);
      resolve(socket);
    });
  });
}

/** Tells of each chunk whether an answer of so many bytes is whole with it. */
function bytesOf(whole: number): (chunk: Buffer) => boolean {
  let missing = whole;
  return (chunk) => {
    missing -= chunk.length;
    if (missing < 0) fail("an answer has more bytes than the first one");
    if (missing > 0) return false;
    missing = whole;
    return true;
  };
}

function parsed(): (chunk: Buffer) => boolean {
  let got = Buffer.alloc(0);
  return (chunk) => {
    got = Buffer.concat([got, chunk]);
    const whole = wholeLength(got);
    if (whole === undefined || got.length < whole) return false;
    if (got.length > whole) fail("an answer came that nobody asked for");
    got = Buffer.alloc(0);
    return true;
  };
}

/** How many bytes an answer has, once its head is there. */
function wholeLength(got: Buffer): number | undefined {
  const end = got.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = got.subarray(0, end).toString("latin1");
  if (!head.startsWith(`HTTP/1.1 ${String(status)} `)) fail(`answered ${head}`);
  if (/^transfer-encoding: chunked$/imu.test(head))
    return got.subarray(-lastChunk.length).equals(lastChunk) ? got.length : undefined;
  return end + 4 + Number(/^content-length: (\d+)$/imu.exec(head)?.[1] ?? 0);
}

function run(forSeconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forSeconds * 1_000));
}

/** Asks once, and looks at what comes. */
function lengthOfAnswer(): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let got = Buffer.alloc(0);
    socket.on("error", (error) => {
      fail(String(error));
    });
    socket.on("data", (chunk) => {
      got = Buffer.concat([got, chunk]);
      const whole = wholeLength(got);
      if (whole === undefined || got.length < whole) return;
      socket.destroy();
      resolve(whole);
    });
    socket.write(bytes);
  });
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
