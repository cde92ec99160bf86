import type { Network, NetworkOutcome, PostOutcome } from "#core/ports.ts";
import { canonicalAction } from "#recipes/aliases.ts";
import { capabilitiesOf, capabilitiesOfAction } from "#recipes/capabilities.ts";
import { RecipeError } from "#recipes/errors.ts";
import { isObject } from "#recipes/members.ts";
import { parseEnvelope } from "#recipes/parse.ts";
import type { RecipeEnvelope } from "#recipes/recipe.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { Ping } from "#telemetry/pings.ts";
import type { Authority, Published, Publishing } from "../authority.ts";
import { anAnswer, aJsonAnswer, serverUrl } from "../client.ts";
import { aConsoleLog } from "../recipes.ts";
import { addonVersions, aShelf, fromShelf, onShelf } from "./addons.ts";
import type { Offer, Told } from "./stage.ts";
import { answerIn, type Answer, bundlePath, type WeatherName } from "./weather.ts";
import type { Wire } from "./wire.ts";

const day = 86_400;

/** A server made of maps, seen through a network that a scenario's weather is in. */
export class MemoryServer implements Network {
  readonly #authority: Authority;
  readonly #wire: Wire;
  readonly #nowSeconds: () => number;
  readonly #answers = new Map<string, Answer>();
  #offer: Offer = { recipes: [], manifest: {} };
  #published = 0;
  weather: WeatherName = "well";
  readonly requests: string[] = [];
  readonly told: Told[] = [];

  constructor(authority: Authority, wire: Wire, nowSeconds: () => number) {
    this.#authority = authority;
    this.#wire = wire;
    this.#nowSeconds = nowSeconds;
  }

  async publish(offer: Offer): Promise<void> {
    this.#offer = offer;
    this.#wire.say(offer.manifest);
    await this.sign();
  }

  /** Signs the present set as the one that follows. */
  async sign(): Promise<void> {
    const { bundle, bodies } = await this.#bundle();
    await this.#wire.dress(bundle);
    for (const [sha256, bytes] of bodies) this.#answers.set(`/v2/r/${sha256}`, anAnswer(bytes));
  }

  halt(token: string): void {
    const headers = { "content-type": "application/jose" };
    this.#answers.set("/v2/halt.jws", anAnswer(token, { headers }));
  }

  async get(...[url, { maxBytes }]: Parameters<Network["get"]>): Promise<NetworkOutcome> {
    const outcome = await this.#answer("GET", url);
    const isTooLarge = outcome.kind === "answer" && outcome.bytes.byteLength > maxBytes;
    return isTooLarge ? { kind: "too-large" } : outcome;
  }

  async post(...[url, json]: Parameters<Network["post"]>): Promise<PostOutcome> {
    const outcome = await this.#answer("POST", url);
    if (outcome.kind === "answer" && outcome.status === 200)
      this.told.push(...eventsIn(parsePing(JSON.parse(json))));
    return outcome;
  }

  async #answer(method: "GET" | "POST", url: string): Promise<NetworkOutcome> {
    const path = new URL(url).pathname;
    this.requests.push(`${method} ${path}`);
    const answered = await answerIn(this.weather, path, this.#genuine(method, path), this.#wire);
    if (answered === "hang-up") return { kind: "unreachable", detail: "hang-up" };
    return answered === "silence" ? { kind: "timeout" } : { kind: "answer", ...answered };
  }

  #genuine(method: "GET" | "POST", path: string): Answer {
    if (method === "POST") return anAnswer("");
    if (path === "/api/v1/classify_client/")
      return aJsonAnswer({
        country: "DE",
        request_time: new Date(this.#nowSeconds() * 1000).toISOString(),
      });
    if (bundlePath.test(path)) return aJsonAnswer(this.#wire.last);
    const addon = onShelf(shelf, path);
    if (addon !== undefined) return anAnswer(addon);
    return this.#answers.get(path) ?? anAnswer("", { status: 404 });
  }

  async #bundle(): Promise<Published> {
    this.#published += 1;
    const now = this.#nowSeconds();
    const recipes: Publishing[] = [];
    for (const content of this.#offer.recipes) recipes.push(await publishing(content));
    recipes.sort((a, b) => (a.entry?.id ?? 0) - (b.entry?.id ?? 0));
    return this.#authority.bundle({
      recipes,
      manifest: {
        n: this.#published,
        must: ["mass-ok"],
        iat: now - 60,
        nbf: now - 60,
        exp: now - 60 + 7 * day,
      },
      keycert: { iat: now - 60, nbf: now - 60 - 2 * day, exp: now - 60 + 35 * day },
    });
  }
}

/** A recipe as a development server publishes it: what a client should judge goes out as it is. */
async function publishing(content: unknown): Promise<Publishing> {
  const envelope = parseEnvelope(isObject(content) ? { revision_id: "1", ...content } : content);
  const { id, slug, revision_id: rev, action } = envelope;
  const body = {
    ...envelope,
    arguments: await fromShelf(shelf, serverUrl, envelope),
    capabilities: capabilities(envelope),
  };
  return {
    // Whatever it is: entry and body say the rest.
    recipe: aConsoleLog({ id }),
    entry: { id, slug, rev, act: canonicalAction(action) ?? action },
    body: JSON.stringify(body),
  };
}

/** A filter that cannot be read needs nothing that could be named. */
function capabilities(envelope: RecipeEnvelope): readonly string[] {
  try {
    return capabilitiesOf(envelope);
  } catch (error) {
    if (error instanceof RecipeError) return capabilitiesOfAction(envelope);
    throw error;
  }
}

function eventsIn(ping: Ping): readonly Told[] {
  if (ping.type !== "event") return [];
  const { parent = [], dynamic = [] } = ping.payload.events;
  return [...parent, ...dynamic].map(([, category, method, object, value, extra]) => ({
    category,
    method,
    object,
    value,
    extra: extra ?? {},
  }));
}

const shelf = aShelf(addonVersions.map((version) => new TextEncoder().encode(version)));
