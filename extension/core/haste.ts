import { type Ports, type Settings, turnableNames } from "./ports.ts";

/** How long work that is under way may go on before it stops waiting for the network, in milliseconds. */
const patienceMs = 500;

const switches: ReadonlySet<string> = new Set(["enabled", ...turnableNames]);

/** Whether a change of this setting must hold at once. */
export function isSwitch(name: string): boolean {
  return switches.has(name);
}

/**
 * What a person wants holds within a second, whatever goes on. Work is done one after the other, and
 * a server may keep it waiting for minutes: then it is the network that is not waited for.
 */
export class Haste {
  readonly #ports: Pick<Ports, "settings" | "network" | "clock">;
  #settings: Settings | undefined;
  #hasGivenUp = false;
  #wasSilent = false;

  constructor(ports: Pick<Ports, "settings" | "network" | "clock">) {
    this.#ports = ports;
  }

  /** The settings as they are by now, which work that began under `before` must heed. */
  by(before: Settings): Settings {
    return this.#settings ?? before;
  }

  /** Whether work was cut short since the last call: it is to be done again. */
  takeGivenUp(): boolean {
    const hasGivenUp = this.#hasGivenUp;
    this.#hasGivenUp = false;
    return hasGivenUp;
  }

  /** Whether telemetry was off at any moment since the last call, however short. */
  takeSilence(): boolean {
    const wasSilent = this.#wasSilent;
    this.#wasSilent = false;
    return wasSilent;
  }

  /** A switch changed: what it says holds for `underWay` too. Resolves once it was read. */
  async heed(underWay: Promise<unknown>): Promise<void> {
    // Listened to before the first await, so that the network is back before the work after it.
    const hurry = this.hurry(underWay);
    const settings = await this.#ports.settings.read();
    this.#settings = settings;
    this.#wasSilent ||= !settings.telemetryEnabled;
    await hurry;
  }

  /** Lets `underWay` wait for the network no longer than a moment. Resolves when it is through. */
  async hurry(underWay: Promise<unknown>): Promise<void> {
    const { clock, network } = this.#ports;
    const through = underWay.then(() => {
      network.hold?.(false);
      return true;
    });
    const late = clock.delay(patienceMs).then(() => false);
    if (await Promise.race([through, late])) return;
    this.#hasGivenUp = true;
    network.hold?.(true);
    await through;
  }
}
