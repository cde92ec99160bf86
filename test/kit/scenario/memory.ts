import { isLive, keyOf } from "#core/enrollment.ts";
import { ownName } from "#extension/platform/settings.ts";
import type { KillList } from "#recipes/manifest.ts";
import { anAuthority, type Authority } from "../authority.ts";
import { aWorld, type World } from "../client.ts";
import { MemoryBrowser } from "./memory-browser.ts";
import { MemoryServer } from "./memory-server.ts";
import type { Abilities, BrowserAtFirst, Engine, Eyes, Offer, Stage, Values } from "./stage.ts";
import type { WeatherName } from "./weather.ts";
import { Wire } from "./wire.ts";

const dayMs = 86_400_000;

/** The core itself, on a browser made of maps: a scenario takes some milliseconds. */
export const memory: Engine = {
  name: "memory",
  patienceMs: 0,
  lacks: {},
  refusal: () => undefined,
  async open(browser) {
    authority ??= anAuthority();
    return openMemory(browser, await authority);
  },
};

/** Keys cost more than a scenario, and none is about whose they are. */
let authority: Promise<Authority> | undefined;

async function openMemory(browser: BrowserAtFirst, keys: Authority): Promise<Stage> {
  const [root] = keys.rootKeys;
  if (root === undefined) throw new Error("an authority without root keys");
  const { userId, own } = browser;
  const world = aWorld(keys, { defaults: browser.builtIn, settings: { userId } });
  const nowSeconds = (): number => Math.floor(world.clock.nowMs() / 1000);
  const wire = new Wire({ root, online: keys.online }, nowSeconds);
  const server = new MemoryServer(keys, wire, nowSeconds);
  await server.sign();
  const stage = new MemoryStage(browser, world, server, wire);
  for (const [name, value] of Object.entries(own)) world.preferences.setByPerson(name, value);
  await stage.start();
  return stage;
}

class MemoryStage implements Stage {
  readonly #world: World;
  readonly #server: MemoryServer;
  readonly #wire: Wire;
  readonly #browser: MemoryBrowser;

  constructor(browser: BrowserAtFirst, world: World, server: MemoryServer, wire: Wire) {
    this.#world = world;
    this.#server = server;
    this.#wire = wire;
    this.#browser = new MemoryBrowser(browser, world, server);
  }

  readonly abilities: Abilities = {
    edit: async (values) => {
      for (const [name, value] of Object.entries(values))
        this.#world.preferences.setByPerson(name, value);
      await this.#browser.client?.preferencesChanged(Object.keys(values));
    },
    pass: async (days) => {
      this.#world.clock.advance(days * dayMs);
      if (this.#server.weather !== "frozen") await this.#server.sign();
      await this.#browser.client?.settled();
    },
    rebuild: (values) => {
      this.#browser.builtIn = { ...this.#browser.builtIn, ...values };
      return Promise.resolve();
    },
    describe: (facts) => {
      this.#browser.facts = { ...this.#browser.facts, ...facts };
      return Promise.resolve();
    },
    lock: (names) => {
      for (const name of names) this.#world.preferences.lock(name);
      return Promise.resolve();
    },
    forbidStudies: async (isForbidden) => {
      this.#browser.own["studies_enabled"] = !isForbidden;
      this.#browser.own["administered"] = isForbidden ? ["studies_enabled"] : [];
      await this.#browser.client?.settingChanged("studies_enabled");
    },
    branches: (name) => Promise.resolve(this.#world.preferences.stateOf(name)),
    addons: () => {
      const installed = [...this.#world.addons.installed.values()];
      return Promise.resolve(Object.fromEntries(installed.map(({ id, version }) => [id, version])));
    },
    removeAddon: async (id) => {
      this.#world.addons.installed.delete(id);
      await this.#browser.client?.addonRemoved(id);
    },
    crashAt: (name) => {
      this.#browser.crashesAt = name;
      return Promise.resolve();
    },
  };

  async publish(offer: Offer): Promise<void> {
    await this.#server.publish(offer);
  }

  async run(): Promise<void> {
    await this.#browser.live(({ client }) => client.request("run-now"));
  }

  async configure(values: Values): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      this.#browser.own[ownName(name)] = value ?? undefined;
      this.#world.preferences.setByPerson(name, value);
      await this.#browser.live(({ client }) => client.settingChanged(ownName(name)));
    }
  }

  async turn(...[name, on]: Parameters<Stage["turn"]>): Promise<void> {
    if (name === "enabled") await this.configure({ "extensions.mulberry.enabled": on });
    else await this.#browser.live(({ client }) => client.setSwitch(name, on));
  }

  async leave(slug: string | null): Promise<void> {
    if (slug === null) return this.#browser.live(({ client }) => client.leaveAll());
    const found = (await this.enrollments()).find((one) => one.slug === slug && isLive(one));
    if (found === undefined) throw new Error(`nothing runs that is called ${slug}`);
    return this.#browser.live(({ client }) => client.leave(keyOf(found)));
  }

  async moveClock(days: number): Promise<void> {
    await this.#browser.live(({ inspector }) => inspector.answer({ ask: "move-clock", days }));
  }

  async forceBranch(slug: string, branch: string | null): Promise<void> {
    await this.#browser.live(({ inspector }) =>
      inspector.answer({ ask: "force-branch", slug, branch }),
    );
  }

  weather(name: WeatherName): Promise<void> {
    this.#server.weather = name;
    return Promise.resolve();
  }

  async rotateKeys(): Promise<void> {
    await this.#wire.rotate();
    await this.#server.sign();
  }

  async halt(kill: KillList): Promise<void> {
    this.#server.halt(await this.#wire.halt(kill));
  }

  stop(): Promise<void> {
    this.#browser.end(true);
    return Promise.resolve();
  }

  crash(): Promise<void> {
    this.#browser.end(false);
    return Promise.resolve();
  }

  start(): Promise<void> {
    return this.#browser.start();
  }

  report(): ReturnType<Eyes["report"]> {
    return Promise.resolve(this.#browser.lastRun);
  }

  async told(): ReturnType<Eyes["told"]> {
    await this.#browser.client?.flush();
    return this.#server.told;
  }

  async enrollments(): ReturnType<Eyes["enrollments"]> {
    return (await this.#browser.client?.look())?.enrollments ?? [];
  }

  preference(name: string): ReturnType<Eyes["preference"]> {
    const { user, default: byDefault } = this.#world.preferences.stateOf(name);
    return Promise.resolve(user ?? byDefault);
  }

  async records(): ReturnType<Eyes["records"]> {
    return Object.keys(await this.#world.preferences.journal());
  }

  requests(): ReturnType<Eyes["requests"]> {
    return Promise.resolve(this.#server.requests);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
