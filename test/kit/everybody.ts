import * as v from "valibot";
import { expect } from "vitest";
import { roles } from "#server/authoring/roles.ts";
import type { Role } from "#server/store/ports-people.ts";
import type { Api } from "./api.ts";
import { aRollout } from "./recipes.ts";

/** Something that somebody wrote and asked approval for. */
export interface Thing {
  readonly recipe: number;
  readonly revision: number;
  readonly request: number;
  readonly sha256: string;
}

/** Somebody of each role, and another one who is of no role that is asked about. */
export interface Everybody {
  /** Of each role: a token. */
  readonly tokens: ReadonlyMap<Role | "other", string>;
  /** What each of them wrote. */
  readonly things: ReadonlyMap<Role | "other", Thing>;
}

export const everyRole = Object.keys(roles) as readonly Role[];

/** Lets somebody of each role in. Everybody wrote something once, also who may not do so any more. */
export async function admitEverybody(api: Api): Promise<Everybody> {
  const tokens = new Map<Role | "other", string>();
  const things = new Map<Role | "other", Thing>();
  const admin = await api.office.admit("ada", "admin");
  for (const who of [...everyRole, "other"] as const) {
    const token = await api.office.admit(`${who}-person`, "author", "--scopes", "read,write");
    things.set(who, await writeThing(api, token));
    if (who !== "other") await api.office.done(admin, "user", "role", `${who}-person`, who);
    tokens.set(who, (await api.office.done(admin, "token", "add", `${who}-person`)).trim());
  }
  return { tokens, things };
}

const written = v.object({
  id: v.number(),
  latest_revision: v.object({ id: v.number(), sha256: v.string() }),
});
let count = 0;

/** Writes a rollout as the bearer of a token, and asks that it goes live. */
export async function writeThing(api: Api, token: string): Promise<Thing> {
  const slug = `rollout-${String((count += 1))}`;
  const { name, action, arguments: said } = aRollout();
  const { body } = await api.ask(token, "POST", "recipe/", {
    ...{ name, action, arguments: { ...said, slug } },
    extra_filter_expression: "true",
  });
  const { id, latest_revision: revision } = v.parse(written, body);
  const path = `recipe_revision/${String(revision.id)}/request_approval/`;
  const request = await api.ask(token, "POST", path);
  expect(request.status).toBe(201);
  return {
    recipe: id,
    revision: revision.id,
    request: Number(request.body["id"]),
    sha256: revision.sha256,
  };
}
