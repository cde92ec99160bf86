import { rename } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Role } from "#server/store/ports-people.ts";
import { mulberry, type Outcome, temporaryFolder } from "./server.ts";

/** What a production server's commands find in their environment. */
export const production = { MULBERRY_ENV: "production" };

/** A production server's data folder, and people who work with it. */
export interface Office extends AsyncDisposable {
  /** Holds the data folder, recipe files and whatever a test puts there. */
  readonly path: string;
  readonly dataDir: string;
  /** Lets somebody in. @returns their token */
  admit(name: string, role: Role, ...options: readonly string[]): Promise<string>;
  /** Runs a command as the bearer of a token, or of none. */
  run(token: string | undefined, ...args: readonly string[]): Promise<Outcome>;
  /** Does what {@link run} does, expects no refusal, and gives back what was printed. */
  done(token: string | undefined, ...args: readonly string[]): Promise<string>;
}

/** Opens one whose root keys are elsewhere. `await using` removes it. */
export async function openOffice(
  environment: Readonly<Record<string, string>> = {},
): Promise<Office> {
  const folder = await temporaryFolder();
  const dataDir = join(folder.path, "data");
  const run: Office["run"] = (token, ...args) =>
    mulberry([...args, "--data", dataDir], {
      ...production,
      ...environment,
      ...(token !== undefined && { MULBERRY_TOKEN: token }),
    });
  const done: Office["done"] = async (token, ...args) => {
    const { code, stdout, stderr } = await run(token, ...args);
    expect({ args, code, stderr: code === 0 ? "" : stderr }).toEqual({ args, code: 0, stderr: "" });
    return stdout;
  };
  await done(undefined, "keys", "init");
  for (const number of ["1", "2", "3"])
    await rename(
      join(dataDir, `keys/root-${number}.json`),
      join(folder.path, `root-${number}.json`),
    );
  let admin: string | undefined;
  return {
    path: folder.path,
    dataDir,
    run,
    done,
    async admit(name, role, ...options) {
      await done(admin, "user", "add", name, "--role", role);
      const token = (await done(admin, "token", "add", name, ...options)).trim();
      if (role === "admin") admin ??= token;
      return token;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
