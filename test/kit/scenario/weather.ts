import type { Bundle } from "#recipes/manifest.ts";
import type { Wire } from "./wire.ts";

// What a server, or somebody in front of it, answers: a closed table, so that a scenario means the
// same in memory and over real sockets.

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** An answer, a connection that is cut, or none that ever comes. */
export type Answered = Answer | "hang-up" | "silence";

interface Weather {
  readonly doc: string;
  /** Which paths it is about; absent: the bundle. */
  readonly on?: RegExp;
  answer(genuine: Answer, wire: Wire): Answered | Promise<Answered>;
}

const everything = /^\//u;
export const bundlePath = /^\/v2\/bundle\.json$/u;
const bodyPath = /^\/v2\/r\//u;
const json = { "content-type": "application/json" };

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const status = (code: number) => (): Answered => ({
  status: code,
  headers: json,
  bytes: bytesOf("{}"),
});
/** A genuine bundle as it is changed; anything else as it is. */
const changed =
  (change: (bundle: Bundle, wire: Wire) => Bundle | Promise<Bundle>): Weather["answer"] =>
  async (genuine, wire) => {
    const bundle = wire.last;
    if (bundle === undefined || genuine.status !== 200) return genuine;
    return { ...genuine, bytes: bytesOf(JSON.stringify(await change(bundle, wire))) };
  };

export const weathers = {
  well: { doc: "everything as it should be", answer: (genuine) => genuine },
  frozen: {
    doc: "the set as it is, never signed anew while time goes by",
    answer: (genuine) => genuine,
  },
  down: { doc: "every connection is cut", on: everything, answer: () => "hang-up" },
  slow: { doc: "the bundle never comes", answer: () => "silence" },
  500: { doc: "status 500 for the bundle", answer: status(500) },
  503: { doc: "status 503 for the bundle", answer: status(503) },
  429: { doc: "status 429 for the bundle", answer: status(429) },
  404: { doc: "status 404 for the bundle", answer: status(404) },
  portal: {
    doc: "a page to log in on, in place of everything",
    on: everything,
    answer: () => ({
      status: 200,
      headers: { "content-type": "text/html" },
      bytes: bytesOf("<!doctype html><title>Log in</title>"),
    }),
  },
  "cut-short": {
    doc: "half of the bundle",
    answer: (genuine) => ({
      ...genuine,
      bytes: genuine.bytes.subarray(0, genuine.bytes.length / 2),
    }),
  },
  "forged-set": {
    doc: "a manifest whose signature is of something else",
    answer: changed(({ keycert, manifest }) => ({
      keycert,
      manifest: manifest.slice(0, manifest.lastIndexOf(".") + 1) + "A".repeat(128),
    })),
  },
  "stolen-key": {
    doc: "a manifest signed by a key that no keycert vouches for",
    answer: changed((bundle, wire) => wire.signedByStranger(bundle)),
  },
  "older-set": {
    doc: "the first set that was published, again",
    answer: changed((bundle, wire) => wire.first ?? bundle),
  },
  "expired-set": {
    doc: "a genuine set whose time is over",
    answer: changed((bundle, wire) => wire.expired(bundle)),
  },
  "forged-bodies": {
    doc: "recipes that are not what the manifest promises",
    on: bodyPath,
    answer: (genuine) => ({
      ...genuine,
      bytes: genuine.bytes.map((byte, index) => (index === 9 ? byte ^ 1 : byte)),
    }),
  },
  "lost-bodies": { doc: "status 404 for every recipe", on: bodyPath, answer: status(404) },
  "lost-addons": { doc: "status 404 for every add-on", on: /\.xpi$/u, answer: status(404) },
  "forged-addons": {
    doc: "add-ons that are not what the recipe promises",
    on: /\.xpi$/u,
    answer: (genuine) => ({ ...genuine, bytes: genuine.bytes.map((byte) => byte ^ 1) }),
  },
} as const satisfies Readonly<Record<string, Weather>>;

export type WeatherName = `${keyof typeof weathers}`;
export const weatherNames = Object.keys(weathers) as WeatherName[];

/** What is answered at that path in that weather. */
export async function answerIn(
  name: WeatherName,
  path: string,
  genuine: Answer,
  wire: Wire,
): Promise<Answered> {
  const { on = bundlePath, answer }: Weather = weathers[name];
  return on.test(path) ? answer(genuine, wire) : genuine;
}
