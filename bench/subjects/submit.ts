import { connect } from "node:net";
import { crc32, gzipSync } from "node:zlib";
import * as v from "valibot";

// Browsers that send pings, in a process of its own: `node submit.ts JSON` sends one after the other on
// each of many connections, every one with an id that never came before, and prints how many were
// answered with 200.

const job = v.object({
  host: v.string(),
  port: v.number(),
  /** JSON of a ping. */
  ping: v.string(),
  connections: v.number(),
  seconds: v.number(),
  /** Tells the ids of one run from those of another; below 2 ** 16. */
  run: v.number(),
});
const { host, port, ping, connections, seconds, run } = v.parse(
  job,
  JSON.parse(process.argv[2] ?? ""),
);

// Packed without compression, so that an id and the checksum can be put in without packing anew: a
// generator that compresses each would take the processor from the server.
const plain = Buffer.from(ping);
const packed = gzipSync(plain, { level: 0 });
const idAt = plain.indexOf('"id":"') + 6;
const at = packed.indexOf(plain.subarray(idAt, idAt + 36));
let count = 0;
let answers = 0;
let isOver = false;

function nextRequest(): Buffer {
  count += 1;
  const id = `${run.toString(16).padStart(8, "0")}-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
  plain.write(id, idAt);
  packed.write(id, at);
  packed.writeUInt32LE(crc32(plain), packed.length - 8);
  const head = `POST /submit/telemetry/${id}/event/Firefox/153.0/esr/20261101000000?v=4 HTTP/1.1\r\nHost: mulberry.example\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Encoding: gzip\r\nContent-Length: ${String(packed.length)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), packed]);
}

const sockets = Array.from({ length: connections }, () => {
  const socket = connect({ host, port, noDelay: true });
  let got = "";
  socket.on("data", (chunk) => {
    got += chunk.toString("latin1");
    const end = got.indexOf("\r\n\r\n");
    if (end === -1) return;
    const length = Number(/^content-length: (\d+)$/imu.exec(got.slice(0, end))?.[1] ?? 0);
    if (got.length < end + 4 + length) return;
    if (!got.startsWith("HTTP/1.1 200 ")) fail(got);
    got = "";
    answers += 1;
    socket.write(nextRequest());
  });
  socket.on("error", (error) => {
    if (!isOver) fail(String(error));
  });
  socket.write(nextRequest());
  return socket;
});

// Connections and the server's code are warm before it counts.
await pause(seconds / 4);
const before = answers;
const started = performance.now();
await pause(seconds);
const took = (performance.now() - started) / 1_000;
isOver = true;
for (const socket of sockets) socket.destroy();
process.stdout.write(`${JSON.stringify({ perSecond: (answers - before) / took, all: answers })}\n`);

function pause(forSeconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forSeconds * 1_000));
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
