import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { embeddedIn } from "#server/data-folder.ts";
import { payloadOf } from "#server/publish/stored.ts";
import { openStore } from "#server/workplace.ts";
import { type Office, openOffice } from "./office.ts";
import { aRollout } from "./recipes.ts";
import type { Outcome } from "./server.ts";

/** One of each role, and whoever holds the data folder and has no token. */
export type Person = "ada" | "ines" | "otto" | "vera" | "nobody";

/** Something that one person alone tries, and the code of the refusal in which it ends. */
export interface Attempt {
  readonly what: string;
  readonly code: string;
  readonly attempt: (scene: Scene) => Promise<Outcome>;
}

/** A production folder with one person of each role; a clock that a test moves. All of it is about one recipe, `fast-tabs`. */
export interface Scene extends AsyncDisposable {
  readonly office: Office;
  readonly tokens: Readonly<Record<Person, string | undefined>>;
  as(who: Person, ...args: readonly string[]): Promise<Outcome>;
  /** Puts a text that was never there before into a recipe file. @returns its path */
  edit(): Promise<string>;
  /** Publishes the recipe file. */
  publish(who: Person, ...args: readonly string[]): Promise<Outcome>;
  /** Publishes a new text. @returns its hash */
  write(who: Person): Promise<string>;
  request(who: Person): Promise<Outcome>;
  /** Publishes a new text and asks for it. @returns its hash */
  ask(who: Person): Promise<string>;
  approve(who: Person, hash: string): Promise<Outcome>;
  approveBy(token: string, hash: string): Promise<Outcome>;
  /** Has somebody make one more token of their own. */
  newToken(who: Person, ...options: readonly string[]): Promise<string>;
}

/** Sets it up. `await using` or its disposal takes it down. */
export async function openScene(): Promise<Scene> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 22) });
  const office = await openOffice();
  const tokens = {
    ada: await office.admit("ada", "admin", "--days", "90"),
    ines: await office.admit("ines", "author"),
    otto: await office.admit("otto", "approver"),
    vera: await office.admit("vera", "viewer"),
    nobody: undefined,
  };
  const file = join(office.path, "recipe.json");
  let edits = 0;
  const approveBy: Scene["approveBy"] = (token, hash) =>
    office.run(token, "recipe", "approve", "fast-tabs", "--sha256", hash);
  const scene: Scene = {
    office,
    tokens,
    as: (who, ...args) => office.run(tokens[who], ...args),
    async edit() {
      const { action, arguments: said } = aRollout();
      const name = `Version ${String((edits += 1))}`;
      const draft = { name, action, arguments: said, filter_expression: "true" };
      await writeFile(file, JSON.stringify(draft));
      return file;
    },
    publish: (who, ...args) => scene.as(who, "recipe", "publish", file, ...args),
    async write(who) {
      await scene.edit();
      const { stdout } = await scene.publish(who);
      return (JSON.parse(stdout) as { readonly sha256: string }).sha256;
    },
    request: (who) => scene.as(who, "recipe", "request", "fast-tabs"),
    async ask(who) {
      const hash = await scene.write(who);
      expect(await scene.request(who)).toMatchObject({ code: 0 });
      return hash;
    },
    approve: (who, hash) => scene.as(who, "recipe", "approve", "fast-tabs", "--sha256", hash),
    approveBy,
    newToken: async (who, ...options) =>
      (await office.done(tokens[who], "token", "add", ...options)).trim(),
    async [Symbol.asyncDispose]() {
      vi.useRealTimers();
      await office[Symbol.asyncDispose]();
    },
  };
  return scene;
}

/** Makes an attempt: it is refused, and nothing is live. */
export async function expectRefused(scene: Scene, { attempt, code }: Attempt): Promise<void> {
  const outcome = await attempt(scene);
  expect(outcome.stderr).toContain(`${code}: `);
  expect(outcome.code).toBe(1);
  await expectNothingLive(scene);
}

/** Neither in the store nor in what was signed last. */
export async function expectNothingLive({ office }: Pick<Scene, "office">): Promise<void> {
  const store = await openStore(embeddedIn(office.dataDir));
  try {
    expect(await store.liveRevisions()).toEqual([]);
    const publication = await store.latestPublication();
    expect(publication === undefined ? [] : payloadOf(publication).recipes).toEqual([]);
  } finally {
    await store.close();
  }
}
