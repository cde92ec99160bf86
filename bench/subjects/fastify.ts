import { createRequire } from "node:module";
import * as v from "valibot";

// Fastify with one insert into PostgreSQL for each request, as one would write it first:
// `node fastify.ts JSON`.

const job = v.object({
  /** Where `fastify` and `pg` are installed. */
  folder: v.string(),
  /** PostgreSQL's folder for its socket. */
  socket: v.string(),
});
const { folder, socket } = v.parse(job, JSON.parse(process.argv[2] ?? ""));

interface Request {
  readonly params: { readonly docId: string };
  readonly body: Buffer;
}
interface Fastify {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    options: { parseAs: "buffer" },
    parse: (request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => void,
  ): void;
  post(path: string, handler: (request: Request) => Promise<string>): void;
  listen(options: { port: number; host: string }): Promise<string>;
}
interface Pool {
  query(
    text: string | { name: string; text: string; values: readonly unknown[] },
  ): Promise<unknown>;
}

const installed = createRequire(`${folder}/package.json`);
const { fastify } = installed("fastify") as { fastify: () => Fastify };
const { Pool } = installed("pg") as { Pool: new (options: object) => Pool };

const pool = new Pool({ host: socket, user: "postgres", database: "postgres", max: 20 });
await pool.query("CREATE TABLE pings (doc_id uuid PRIMARY KEY, body bytea NOT NULL)");
const text = "INSERT INTO pings (doc_id, body) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const app = fastify();
// The body is stored as it came, as ours is.
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
  done(null, body);
});
app.post("/submit/telemetry/:docId/*", async ({ params, body }) => {
  await pool.query({ name: "insert", text, values: [params.docId, body] });
  return "";
});
process.stdout.write(`url=${await app.listen({ port: 0, host: "127.0.0.1" })}\n`);
