import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

// A handler of node:http and nothing else, as the measure of our own: `node bare.ts FILE` serves those
// bytes at every path, with the same headers, and knows one ETag.

const [, , file = ""] = process.argv;
const body = await readFile(file);
// As long as ours.
const etag = `"${"b".repeat(43)}"`;
const headers = {
  "access-control-allow-origin": "*",
  "x-content-type-options": "nosniff",
  vary: "Accept-Encoding",
  etag,
  "cache-control": "public, max-age=60",
};
const whole = {
  ...headers,
  "content-type": "application/json; charset=utf-8",
  "content-length": String(body.length),
};
const server = createServer((request, answer) => {
  if (request.headers["if-none-match"] === etag) {
    answer.writeHead(304, headers);
    answer.end();
  } else {
    answer.writeHead(200, whole);
    answer.end(body);
  }
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null)
    process.stdout.write(`url=http://127.0.0.1:${String(address.port)}\n`);
});
