import { readFile } from "node:fs/promises";
import path from "node:path";
import { isObject } from "#recipes/members.ts";
import type { KillList } from "#recipes/manifest.ts";
import { parseBundle } from "#recipes/manifest-parse.ts";
import type { RunningServer } from "#server/main.ts";
import { packXpi } from "#tools/xpi.ts";
import { type Impostor, openImpostor, send, stealKeys, type Trick } from "../impostor.ts";
import { addonVersions, aShelf, fromShelf, onShelf, type Shelf } from "./addons.ts";
import type { Eyes, Offer, Told } from "./stage.ts";
import { type Answer, answerIn, bundlePath, type WeatherName } from "./weather.ts";
import { Wire } from "./wire.ts";

const addonFolder = path.join(import.meta.dirname, "../../fixtures/study-addon");
const everyPath = /^\//u;

/** A development server, with somebody before it who makes the weather. */
export class RealServer implements AsyncDisposable {
  readonly #server: RunningServer;
  readonly #impostor: Impostor;
  readonly #wire: Wire;
  readonly #shelf: Shelf;
  readonly #told: Told[] = [];
  #weather: WeatherName = "well";
  #halt: string | undefined;

  private constructor(server: RunningServer, impostor: Impostor, wire: Wire, shelf: Shelf) {
    this.#server = server;
    this.#impostor = impostor;
    this.#wire = wire;
    this.#shelf = shelf;
    // As they come: what is stored goes when a person wishes it forgotten.
    server.ingest.onEvent(({ category, method, object, value, extra }) => {
      this.#told.push({ category, method, object, value, extra: extra ?? {} });
    });
  }

  /** Stands before a server that runs on that data folder. */
  static async open(server: RunningServer, dataDir: string): Promise<RealServer> {
    const manifest = await readFile(path.join(addonFolder, "manifest.json"), "utf8");
    const packed = await Promise.all(
      addonVersions.map((version) =>
        packXpi(addonFolder, {
          "manifest.json": manifest.replace('"version": "1.0.0"', `"version": "${version}"`),
        }),
      ),
    );
    const wire = new Wire(await stealKeys(dataDir), () => Math.floor(Date.now() / 1000));
    const impostor = await openImpostor(server.url);
    const opened = new RealServer(server, impostor, wire, aShelf(packed));
    await opened.#take();
    await opened.weather("well");
    return opened;
  }

  /** Where a browser is to ask. */
  get url(): string {
    return this.#impostor.url;
  }

  async publish({ recipes, manifest }: Offer): Promise<void> {
    const whole: unknown[] = [];
    for (const recipe of recipes) whole.push(await this.#withAddons(recipe));
    this.#wire.say(manifest);
    await this.#server.publishLive(whole);
    await this.#take();
  }

  async rotateKeys(): Promise<void> {
    await this.#wire.rotate();
    await this.#take();
  }

  async halt(kill: KillList): Promise<void> {
    this.#halt = await this.#wire.halt(kill);
  }

  weather(name: WeatherName): Promise<void> {
    this.#weather = name;
    // Whoever was kept waiting is let go.
    this.#impostor.behave();
    this.#impostor.play(everyPath, this.#answer);
    return Promise.resolve();
  }

  async told(): ReturnType<Eyes["told"]> {
    await this.#server.ingest.settled();
    return this.#told;
  }

  get requests(): readonly string[] {
    return this.#impostor.asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#impostor[Symbol.asyncDispose]();
  }

  /** Fetches what the server has published, and signs it as the scenario wants it signed. */
  async #take(): Promise<void> {
    const answer = await fetch(`${this.#server.url}/v2/bundle.json`);
    await this.#wire.dress(parseBundle(await answer.json()));
  }

  readonly #answer: Trick = async (response, genuine, { url = "/" }) => {
    const answered = await answerIn(this.#weather, url, this.#own(url) ?? genuine, this.#wire);
    if (answered === "hang-up") response.destroy();
    else if (answered !== "silence")
      send(response, { ...answered, bytes: Buffer.from(answered.bytes) });
  };

  /** What is answered here, and not by the server. */
  #own(url: string): Answer | undefined {
    if (bundlePath.test(url)) return json(JSON.stringify(this.#wire.last));
    if (url === "/v2/halt.jws" && this.#halt !== undefined)
      return { ...json(this.#halt), headers: { "content-type": "application/jose" } };
    const bytes = onShelf(this.#shelf, url);
    const headers = { "content-type": "application/x-xpinstall" };
    return bytes === undefined ? undefined : { status: 200, headers, bytes };
  }

  /** The server knows none of these add-ons, and leaves what a recipe says of them to the browser. */
  async #withAddons(recipe: unknown): Promise<unknown> {
    if (!isObject(recipe) || !("action" in recipe) || !("arguments" in recipe)) return recipe;
    const { action, arguments: said } = recipe;
    const named = { action: String(action), arguments: said };
    return { ...recipe, arguments: await fromShelf(this.#shelf, this.url, named) };
  }
}

function json(text: string): Answer {
  const headers = { "content-type": "application/json" };
  return { status: 200, headers, bytes: new TextEncoder().encode(text) };
}
