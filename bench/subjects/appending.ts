import { open } from "node:fs/promises";
import { createServer } from "node:http";

// A handler of node:http that appends bodies to a file and answers once they are synced, those that
// came together with one `fdatasync`, and nothing else: `node appending.ts FILE`.

const [, , path = ""] = process.argv;
const file = await open(path, "a");
let waiting: { readonly body: readonly Buffer[]; readonly done: () => void }[] = [];
let isWriting = false;

async function write(): Promise<void> {
  isWriting = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    await file.writev(batch.flatMap(({ body }) => body));
    await file.datasync();
    for (const { done } of batch) done();
  }
  isWriting = false;
}

const server = createServer((request, answer) => {
  const body: Buffer[] = [];
  request.on("data", (chunk: Buffer) => body.push(chunk));
  request.on("end", () => {
    const done = (): void => {
      answer.writeHead(200, { "content-length": "0" });
      answer.end();
    };
    waiting.push({ body, done });
    if (!isWriting) void write();
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null)
    process.stdout.write(`url=http://127.0.0.1:${String(address.port)}\n`);
});
