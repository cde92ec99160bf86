import { connect } from "node:net";
import { verifyServed } from "#server/publish/served-set.ts";
import { openStaticFolder } from "#server/store/static-folder.ts";

// What keeping clients up to date costs, per client and day: measured bytes and plain arithmetic.
// docs/figures.md shows it; a test holds the page against this file.

/** Bytes on the wire for one exchange each, request and answer with their headers. */
export interface Sizes {
  /** The root after the newest, or a halt, which is not there: 404. */
  readonly probe: number;
  /** The bundle where nothing changed: 304. */
  readonly unchanged: number;
  readonly bundle: number;
  /** One recipe's body, on average. */
  readonly body: number;
}

/** A day of one client. */
export interface Day {
  readonly requests: number;
  readonly bytes: number;
}

/** What the arithmetic takes as given. */
export const assumptions = {
  /** A client asks every six hours. */
  runsPerDay: 4,
  /** In each run, for the next root and for a halt. */
  probesPerRun: 2,
  /** Sets in a day that a client has not got: one because the set is signed anew, one because a recipe changed. */
  bundlesPerDay: 2,
  /** Recipes that changed in a day. */
  bodiesPerDay: 1,
  /** TCP and TLS 1.3 with two certificates and a post-quantum key share, in bytes, once a run. */
  connectionBytes: 6_000,
  /** In dollars, as an example: prices differ tenfold between CDNs. */
  perGigabyte: 0.05,
  perMillionRequests: 0.6,
} as const;

/** One client's day: it asks for a root, a halt and the bundle in each run, and fetches only what it has not got. */
export function dayOf({ probe, unchanged, bundle, body }: Sizes): Day {
  const { runsPerDay, probesPerRun, bundlesPerDay, bodiesPerDay, connectionBytes } = assumptions;
  return {
    requests: runsPerDay * (probesPerRun + 1) + bodiesPerDay,
    bytes:
      runsPerDay * (connectionBytes + probesPerRun * probe) +
      (runsPerDay - bundlesPerDay) * unchanged +
      bundlesPerDay * bundle +
      bodiesPerDay * body,
  };
}

/** The same for a client that fetched all of a set in each run. */
export function dayWithoutDelta({ probe, bundle, body }: Sizes, recipes: number): Day {
  const { runsPerDay, probesPerRun, connectionBytes } = assumptions;
  return {
    requests: runsPerDay * (probesPerRun + 1 + recipes),
    bytes: runsPerDay * (connectionBytes + probesPerRun * probe + bundle + recipes * body),
  };
}

/** A Markdown table: what 10^4 to 10^8 clients come to. */
export function costTable(day: Day): readonly string[] {
  const rows = [4, 5, 6, 7, 8].map((power) => {
    const clients = 10 ** power;
    const [requests, gigabytes] = [day.requests * clients, (day.bytes * clients) / 1e9];
    const { perGigabyte, perMillionRequests } = assumptions;
    const dollars = gigabytes * perGigabyte + (requests / 1e6) * perMillionRequests;
    return [
      clients.toLocaleString("en"),
      figure(requests / 86_400),
      figure(gigabytes),
      figure((gigabytes * 8_000) / 86_400),
      figure(dollars),
    ];
  });
  return [
    "| clients | requests a second | GB a day | Mbit/s | dollars a day |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ];
}

/** Two digits that count. */
function figure(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString("en", { maximumFractionDigits: 4 });
}

/** Measures an exported set where it is served, as Firefox asks for it, over HTTP/1.1. */
export async function measureSizes(url: string, out: string): Promise<Sizes> {
  const { read } = openStaticFolder(out);
  const set = await verifyServed(
    read,
    (await read("v2/bundle.json")) ?? new Uint8Array(),
    Date.now(),
  );
  const bundle = await exchange(url, "/v2/bundle.json");
  const etag = /^etag: (.*)$/imu.exec(bundle.text)?.[1]?.trim() ?? "";
  const bodies = await Promise.all(set.bodyPaths.map((path) => exchange(url, `/${path}`)));
  const next = `/v2/root/${String(set.rootPaths.length + 1)}.json`;
  return {
    probe: (await exchange(url, next)).bytes,
    unchanged: (await exchange(url, "/v2/bundle.json", `If-None-Match: ${etag}\r\n`)).bytes,
    bundle: bundle.bytes,
    body: Math.round(bodies.reduce((sum, { bytes }) => sum + bytes, 0) / bodies.length),
  };
}

/** One exchange, byte for byte. */
function exchange(
  url: string,
  path: string,
  more = "",
): Promise<{ readonly bytes: number; readonly text: string }> {
  const { hostname, port } = new URL(url);
  const request = `GET ${path} HTTP/1.1\r\nHost: mulberry.example\r\n${firefoxHeaders}${more}Connection: close\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => {
      socket.write(request);
    });
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("end", () => {
      const answer = Buffer.concat(chunks);
      resolve({ bytes: request.length + answer.length, text: answer.toString("latin1") });
    });
  });
}

/** What Firefox 153 sends with a fetch of an extension. */
const firefoxHeaders = [
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
  "Accept: */*",
  "Accept-Language: en-US,en;q=0.9",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Sec-Fetch-Dest: empty",
  "Sec-Fetch-Mode: cors",
  "Sec-Fetch-Site: same-origin",
  "Pragma: no-cache",
  "Cache-Control: no-cache",
]
  .map((line) => `${line}\r\n`)
  .join("");
