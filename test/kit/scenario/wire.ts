import {
  type Bundle,
  type HaltPayload,
  type KillList,
  type ManifestPayload,
  tokenTypes,
} from "#recipes/manifest.ts";
import { aKey, type SigningKey, token } from "../authority.ts";
import { claimsOf } from "../lies.ts";

const day = 86_400;

/**
 * Signs what a scenario wants signed, with the server's own keys: a genuine bundle goes through here,
 * and comes out as it was where there is nothing else to be said.
 */
export class Wire {
  readonly #root: SigningKey;
  readonly #nowSeconds: () => number;
  #online: SigningKey;
  #rotations = 0;
  #said: Partial<ManifestPayload> = {};
  #first: Bundle | undefined;
  #last: Bundle | undefined;
  #halts = 0;

  constructor(
    keys: { readonly root: SigningKey; readonly online: SigningKey },
    nowSeconds: () => number,
  ) {
    this.#root = keys.root;
    this.#online = keys.online;
    this.#nowSeconds = nowSeconds;
  }

  /** What the manifests of this set say beside what the server says. */
  say(manifest: Partial<ManifestPayload>): void {
    this.#said = manifest;
  }

  /** The first bundle that went through. */
  get first(): Bundle | undefined {
    return this.#first;
  }

  /** The latest. */
  get last(): Bundle | undefined {
    return this.#last;
  }

  async rotate(): Promise<void> {
    this.#online = await aKey();
    this.#rotations += 1;
  }

  async dress(genuine: Bundle): Promise<Bundle> {
    const isAsItWas = this.#rotations === 0 && Object.keys(this.#said).length === 0;
    const dressed = isAsItWas ? genuine : await this.#resign(genuine, this.#said);
    this.#first ??= dressed;
    this.#last = dressed;
    return dressed;
  }

  async expired({ keycert, manifest }: Bundle): Promise<Bundle> {
    const claims = claimsOf(manifest);
    const now = this.#nowSeconds();
    const over = { iat: now - 8 * day, nbf: now - 9 * day, exp: now - day };
    const next = { ...claims, ...over, n: Number(claims["n"]) + 1 };
    return { keycert, manifest: await token(next, tokenTypes.manifest, this.#online) };
  }

  async signedByStranger({ keycert, manifest }: Bundle): Promise<Bundle> {
    const next = { ...claimsOf(manifest), n: Number(claimsOf(manifest)["n"]) + 1 };
    return { keycert, manifest: await token(next, tokenTypes.manifest, await aKey()) };
  }

  /** The next halt, in the environment of the set that was published last. */
  async halt(kill: KillList): Promise<string> {
    this.#halts += 1;
    const now = this.#nowSeconds();
    const payload: HaltPayload = {
      v: 1,
      env: String(claimsOf(this.#last?.manifest ?? "")["env"]),
      hn: this.#halts,
      iat: now - 60,
      exp: now + 30 * day,
      min_ep: 0,
      kill,
    };
    return token(payload, tokenTypes.halt, this.#root);
  }

  async #resign(genuine: Bundle, said: Partial<ManifestPayload>): Promise<Bundle> {
    const manifest = await token(
      { ...claimsOf(genuine.manifest), ...said },
      tokenTypes.manifest,
      this.#online,
    );
    if (this.#rotations === 0) return { ...genuine, manifest };
    const { kid, jwk } = this.#online;
    const claims = {
      ...claimsOf(genuine.keycert),
      sub: kid,
      jti: `rotation-${String(this.#rotations)}`,
      cnf: { jwk },
    };
    return { keycert: await token(claims, tokenTypes.keycert, this.#root), manifest };
  }
}
