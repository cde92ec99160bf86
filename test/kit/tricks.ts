import { gzipSync } from "node:zlib";
import { type Bundle, wireLimits } from "#recipes/manifest.ts";
import { send, type Trick } from "./impostor.ts";

// What a server, or somebody in front of it, may answer instead of what was asked for.

export const bundlePath = /^\/v2\/bundle\.json$/u;
const rootPath = /^\/v2\/root\//u;
const everyPath = /^\/v2\//u;

/** An answer, where it is given, and what the run's report then says. */
export interface WrongAnswer {
  readonly called: string;
  /** The bundle, unless it is said otherwise. */
  readonly on?: RegExp;
  readonly trick: Trick;
  readonly runner: string;
  readonly reason?: string;
}

const json = { "content-type": "application/json; charset=utf-8" };

export const serves =
  (content: string | Buffer, headers: Readonly<Record<string, string>> = json): Trick =>
  (response) => {
    response.writeHead(200, headers);
    response.end(content);
  };

export const answers =
  (status: number, headers: Readonly<Record<string, string>> = {}): Trick =>
  (response) => {
    response.writeHead(status, { ...json, ...headers });
    response.end("{}");
  };

export const says = (bundle: unknown): Trick => serves(JSON.stringify(bundle));

/** The genuine answer with its bytes changed. */
export const changes =
  (change: (bytes: Buffer) => Buffer): Trick =>
  (response, genuine) => {
    send(response, genuine, { bytes: change(genuine.bytes) });
  };

/** The first bytes at once, the others never. */
export const stallsAmid: Trick = (response, { bytes }) => {
  response.writeHead(200, { ...json, "content-length": String(bytes.length) });
  response.write(bytes.subarray(0, bytes.length / 2));
};

export const breaksOffAmid: Trick = (response, { bytes }) => {
  response.writeHead(200, { ...json, "content-length": String(bytes.length) });
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
};

/** All of it, said to be more, and the connection ended in good order. */
export const promisesMore: Trick = ({ socket }, { bytes }) => {
  const length = `content-length: ${String(bytes.length + 9)}`;
  socket?.end(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${length}\r\n\r\n${bytes.toString("latin1")}`,
    "latin1",
  );
};

export const neverAnswers: Trick = () => undefined;

/** 200 kB that unpack to 200 MB. */
export const explodes: Trick = serves(gzipSync(Buffer.alloc(200_000_000, 0x20)), {
  ...json,
  "content-encoding": "gzip",
});

export const portal = "<!doctype html><title>Log in to the airport</title>";
const servesPortal = serves(portal, { "content-type": "text/html" });

/** Everything but a bundle, to who asks for a bundle that would be `newer` than what is believed. */
export function wrongAnswers(newer: () => Bundle, firstRoot: () => string): readonly WrongAnswer[] {
  const size = { runner: "content_error", reason: "size" };
  const type = { runner: "content_error", reason: "content-type" };
  const redirect = { runner: "content_error", reason: "redirect" };
  const status = (runner: string, code: number) => ({ runner, reason: `status-${String(code)}` });
  const parse = { runner: "parse_error" };
  const twice: Trick = (...args) =>
    serves(`{"keycert":"",${JSON.stringify(newer()).slice(1)}`)(...args);
  const asHtml: Trick = (response, genuine) => {
    send(response, genuine, { headers: { "content-type": "text/html" } });
  };
  const firstRootAgain: Trick = (...args) => serves(firstRoot())(...args);
  const large = `{"keycert":"${"A".repeat(wireLimits.bundleBytes)}"}`;
  const elsewhere = { location: "http://127.0.0.1:9/" };
  const again = { location: "/v2/bundle.json?again" };
  const packed = { ...json, "content-encoding": "gzip" };
  return [
    { called: "a portal", trick: servesPortal, ...type },
    { called: "a portal on every path", on: everyPath, trick: servesPortal, ...type },
    { called: "JSON called HTML", trick: asHtml, ...type },
    { called: "HTML called JSON", trick: serves(portal), ...parse, reason: "json" },
    { called: "nothing", trick: serves(""), ...parse },
    { called: "half of it", trick: changes((all) => all.subarray(0, all.length / 2)), ...parse },
    { called: "no UTF-8", trick: serves(Buffer.from([0x22, 0xff])), ...parse, reason: "utf-8" },
    { called: "a key twice", trick: twice, ...parse },
    { called: "what is nested deep", trick: serves("[".repeat(100_000)), ...parse },
    { called: "too much", trick: serves(large), ...size },
    { called: "too much, unpacked", trick: explodes, ...size },
    { called: "no gzip", trick: serves("{}", packed), runner: "network_error" },
    { called: "a redirect", trick: answers(302, again), ...redirect },
    { called: "redirects away", on: everyPath, trick: answers(307, elsewhere), ...redirect },
    { called: "404", trick: answers(404), ...status("content_error", 404) },
    { called: "500", trick: answers(500), ...status("server_error", 500) },
    { called: "500s", on: everyPath, trick: answers(500), ...status("server_error", 500) },
    { called: "503", trick: answers(503), ...status("server_error", 503) },
    { called: "come back", trick: answers(503, { "retry-after": "9" }), ...status("backoff", 503) },
    { called: "429", trick: answers(429), ...status("backoff", 429) },
    { called: "a hang-up", trick: (one) => void one.destroy(), runner: "network_error" },
    { called: "a hang-up amid it", trick: breaksOffAmid, runner: "network_error" },
    { called: "an empty root", on: rootPath, trick: serves("{}"), runner: "signature_error" },
    {
      called: "the first root as the second",
      on: rootPath,
      trick: firstRootAgain,
      runner: "signature_error",
      reason: "root-version",
    },
    { called: "silence", trick: neverAnswers, runner: "timeout_error", reason: "timeout" },
    { called: "silence amid it", trick: stallsAmid, runner: "timeout_error", reason: "timeout" },
  ];
}
