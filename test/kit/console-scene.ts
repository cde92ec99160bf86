import { randomBytes } from "node:crypto";
import { tokenText } from "#server/authoring/access.ts";
import { addPerson, addToken } from "#server/authoring/people.ts";
import type { ServerConfig } from "#server/config.ts";
import { startServer } from "#server/main.ts";
import { openStore } from "#server/workplace.ts";
import type { Tab } from "#tools/firefox-bidi.ts";
import { aHeartbeat, aPreferenceStudy, aRollout, aStudyPreference } from "./recipes.ts";
import { aConfig, temporaryFolder } from "./server.ts";

/** People of a small team, each with what they may do. */
const team = { ada: "admin", bob: "author", cleo: "approver", vic: "viewer" } as const;
export type Member = keyof typeof team;

/** A development server with a team and recipes in every state. */
export interface ConsoleScene extends AsyncDisposable {
  readonly url: string;
  readonly tokens: Readonly<Record<Member, string>>;
  /** Writes a recipe as bob. @returns its id, and its newest revision's */
  write(recipe: object): Promise<{ readonly id: number; readonly revision: number }>;
  /** Writes a recipe as bob, who asks for approval. @returns also the request's id */
  request(
    recipe: object,
  ): Promise<{ readonly id: number; readonly revision: number; readonly request: number }>;
  /** Rejects a request, as cleo. */
  reject(request: number, comment: string): Promise<void>;
  /** The same, and cleo approves. @returns the recipe's id */
  live(recipe: object): Promise<number>;
  /** Disables a recipe, as cleo. */
  stop(id: number): Promise<void>;
  /** Signs a tab in, as a person does, and lands on the list. */
  signIn(tab: Tab, member: Member): Promise<void>;
}

/** Opens one without recipes. */
export async function openConsoleScene(): Promise<ConsoleScene> {
  const folder = await temporaryFolder();
  const config = aConfig(folder.path);
  const server = await startServer(config);
  const tokens = await admitTeam(config);
  const ask = async (
    who: Member,
    method: string,
    path: string,
    body?: object,
  ): Promise<ApiBody> => {
    const answer = await fetch(`${server.url}/api/v3/${path}`, {
      method,
      headers: { authorization: `Token ${tokens[who]}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was refused: ${text}`);
    return JSON.parse(text) as ApiBody;
  };
  const write: ConsoleScene["write"] = async (recipe) => {
    const { id, latest_revision } = await ask("bob", "POST", "recipe/", written(recipe));
    return { id, revision: latest_revision.id };
  };
  const request: ConsoleScene["request"] = async (recipe) => {
    const { id, revision } = await write(recipe);
    const path = `recipe_revision/${String(revision)}/request_approval/`;
    return { id, revision, request: (await ask("bob", "POST", path)).id };
  };
  return {
    url: server.url,
    tokens,
    write,
    request,
    async live(recipe) {
      const { id, request: asked } = await request(recipe);
      const path = `approval_request/${String(asked)}/approve/`;
      await ask("cleo", "POST", path, { comment: "Fine." });
      return id;
    },
    async reject(asked, comment) {
      await ask("cleo", "POST", `approval_request/${String(asked)}/reject/`, { comment });
    },
    async stop(id) {
      await ask("cleo", "POST", `recipe/${String(id)}/disable/`);
    },
    async signIn(tab, member) {
      await tab.run(
        `(token) => {
          document.querySelector("#token").value = token;
          document.querySelector("#token").form.requestSubmit();
        }`,
        tokens[member],
      );
      await arrival(tab, "/console/");
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function admitTeam(config: ServerConfig): Promise<ConsoleScene["tokens"]> {
  const store = await openStore(config);
  const register = { store, now: Date.now };
  const tokens: Record<string, string> = {};
  // The admin comes last: from then on nobody lets people in without a token.
  for (const [name, role] of Object.entries(team).toReversed()) {
    await addPerson(register, "operator", { name, role });
    const text = tokenText(randomBytes(32));
    await addToken(register, "operator", { person: name, scopes: undefined, days: 1, text });
    tokens[name] = text;
  }
  await store.close();
  return tokens as ConsoleScene["tokens"];
}

/** Fills a scene with a team's everyday recipes. @returns the id of the one that is looked at closest */
export async function fill(scene: ConsoleScene, nowMs: number): Promise<number> {
  const dayMs = 86_400_000;
  const soon = new Date(nowMs + 4 * dayMs).toISOString().slice(0, 10);
  await scene.live({
    ...aRollout({
      name: "Keep connections alive for a minute",
      arguments: {
        slug: "shorter-keep-alive",
        preferences: [{ preferenceName: "network.http.keep-alive.timeout", value: 60 }],
      },
    }),
    filter_expression: '["keep-alive", env.userId]|bucketSample(0, 2500, 10000)',
  });
  const stopped = await scene.live(aHeartbeat({ name: "Do you like the new tab page?" }));
  await scene.stop(stopped);
  await scene.write(aRollout({ name: "Smaller cache on slow disks" }));
  const study = {
    ...aPreferenceStudy({
      name: "Opening connections early",
      arguments: {
        slug: "early-connections",
        userFacingName: "Opening connections early",
        userFacingDescription:
          "Firefox opens connections to sites that you are about to visit. This study tries fewer of them.",
        branches: [
          { slug: "as-ever", ratio: 2, preferences: {} },
          ...[4, 10].map((limit) => ({
            slug: limit === 4 ? "few" : "half",
            ratio: 1,
            preferences: { "network.http.speculative-parallel-limit": aStudyPreference(limit) },
          })),
        ],
      },
    }),
    filter_expression: `env.channel in ["release", "esr"] && env.locale in ["de", "en-US"] && ["connections", env.userId]|bucketSample(0, 1000, 10000) && env.request_time < "${soon}"|date`,
  };
  await scene.live({
    ...study,
    name: "Prefetching links",
    arguments: { ...study.arguments, slug: "link-prefetch" },
  });
  const { id } = await scene.request(study);
  return id;
}

/** Resolves once a tab shows a whole page of this address that nobody has left. */
export async function arrival(tab: Tab, path: string, query?: string): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  for (;;) {
    const here = await tab
      .run(
        `(isWhole) => document.readyState === "complete" && !globalThis.isLeft
          ? location.pathname + (isWhole ? location.search : "")
          : ""`,
        query !== undefined,
      )
      // Between two pages there is none to run it in.
      .catch(() => "");
    if (here === path + (query ?? "")) return;
    if (performance.now() > giveUpAt) throw new Error(`${path} did not come: ${String(here)}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

interface ApiBody {
  readonly id: number;
  readonly latest_revision: { readonly id: number };
}

/** A recipe as the authoring API takes it. */
function written(recipe: object): object {
  const {
    id: _id,
    revision_id: _revision,
    capabilities: _capabilities,
    slug: _slug,
    filter_expression,
    ...rest
  } = { filter_expression: "true", ...recipe } as Readonly<Record<string, unknown>>;
  return { ...rest, extra_filter_expression: filter_expression };
}
