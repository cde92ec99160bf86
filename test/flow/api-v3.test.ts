import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type ApiAnswer, openApiServer } from "#kit/api.ts";
import { aRollout } from "#kit/recipes.ts";

let api: Api;
let ines: string;
let otto: string;
let count = 0;
beforeAll(async () => {
  api = await openApiServer();
  await api.office.admit("ada", "admin");
  ines = await api.office.admit("ines", "author");
  otto = await api.office.admit("otto", "approver");
});
afterAll(() => api[Symbol.asyncDispose]());

/** A rollout as Normandy's tools write one, with a slug that no other test has. */
function written(change: object = {}): Readonly<Record<string, unknown>> {
  const { arguments: said } = aRollout();
  const slug = `rollout-${String((count += 1))}`;
  return {
    name: "Fast tabs",
    action: "preference-rollout",
    arguments: { ...said, slug },
    extra_filter_expression: "env.isFirstRun",
    filter_object: [],
    experimenter_slug: null,
    identicon_seed: null,
    comment: "first",
    ...change,
  };
}

async function create(token = ines, change: object = {}): Promise<RecipeAnswer> {
  const { status, body } = await api.ask(token, "POST", "recipe/", written(change));
  expect({ status, body }).toMatchObject({ status: 201 });
  return body as unknown as RecipeAnswer;
}

async function request({ latest_revision: { id } }: RecipeAnswer, token = ines): Promise<number> {
  const { status, body } = await api.ask(
    token,
    "POST",
    `recipe_revision/${String(id)}/request_approval/`,
  );
  expect({ status, body }).toMatchObject({ status: 201, body: { approved: null } });
  return Number(body["id"]);
}

const approve = (
  id: number,
  token = otto,
  body: object = { comment: "fine" },
): Promise<ApiAnswer> => api.ask(token, "POST", `approval_request/${String(id)}/approve/`, body);

describe("the authoring API", () => {
  test("takes a recipe live that one wrote and another approved, in Normandy's shapes", async () => {
    const recipe = await create();
    expect(recipe).toMatchObject({
      approved_revision: null,
      latest_revision: {
        name: "Fast tabs",
        action: { name: "preference-rollout" },
        filter_expression: "env.isFirstRun",
        comment: "first",
        creator: { first_name: "ines" },
        enabled: false,
        approval_request: null,
        recipe: { id: recipe.id, approved_revision_id: null },
      },
    });
    const id = await request(recipe);
    expect(await approve(id)).toMatchObject({
      status: 200,
      body: { approved: true, approver: { first_name: "otto" }, comment: "fine" },
    });

    const { body } = await api.ask(ines, "GET", `recipe/${String(recipe.id)}/`);
    expect(body).toMatchObject({
      approved_revision: {
        enabled: true,
        enabled_states: [{ enabled: true, creator: { first_name: "otto" } }],
        approval_request: { id, approved: true },
      },
    });
    // What was approved is served when the answer is there.
    const bundle = await (await fetch(`${api.server.url}/v2/bundle.json`)).text();
    const { manifest } = JSON.parse(bundle) as { readonly manifest: string };
    const payload = Buffer.from(manifest.split(".")[1] ?? "", "base64url").toString();
    expect(payload).toContain(recipe.latest_revision.sha256);
  });

  test("makes a new revision of every change, which voids what waits", async () => {
    const recipe = await create();
    const id = await request(recipe);
    const path = `recipe/${String(recipe.id)}/`;
    const { status, body } = await api.ask(otto, "PATCH", path, { name: "Faster tabs" });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { latest_revision: { name: "Faster tabs", filter_expression: "env.isFirstRun" } },
    });

    expect(await approve(id)).toMatchObject({ status: 409, body: { code: "approval/decided" } });
    const old = `recipe_revision/${String(recipe.latest_revision.id)}/request_approval/`;
    expect(await api.ask(ines, "POST", old)).toMatchObject({ body: { code: "approval/outdated" } });
    const same = await api.ask(otto, "PATCH", path, { name: "Faster tabs" });
    expect(same.body).toEqual(body);
    const history = await api.ask(ines, "GET", `${path}history/`);
    expect(history.body).toMatchObject([{ name: "Faster tabs" }, { name: "Fast tabs" }]);

    const whole = written({ name: "Whole", arguments: recipe.latest_revision.arguments });
    expect(await api.ask(ines, "PUT", path, whole)).toMatchObject({
      status: 200,
      body: { id: recipe.id, latest_revision: { name: "Whole" } },
    });
    const part = await api.ask(ines, "PUT", path, { name: "Part" });
    expect(part).toMatchObject({ status: 400, body: { code: "recipe/missing" } });
  });

  test("approves the text that was looked at, where its hash is given, and no other", async () => {
    const recipe = await create();
    const id = await request(recipe);
    expect(await approve(id, otto, { sha256: "x" })).toMatchObject({
      status: 409,
      body: { code: "approval/other-content", at: "/sha256" },
    });
    const { sha256 } = recipe.latest_revision;
    expect(await approve(id, otto, { sha256 })).toMatchObject({ status: 200 });
  });

  test("says no with a reason, and takes requests back", async () => {
    const recipe = await create();
    const reject = (id: number, body?: object): Promise<ApiAnswer> =>
      api.ask(otto, "POST", `approval_request/${String(id)}/reject/`, body);
    const id = await request(recipe);
    expect(await reject(id)).toMatchObject({
      status: 400,
      body: { code: "approval/comment-missing", at: "/comment" },
    });
    expect(await reject(id, { comment: "no" })).toMatchObject({ body: { approved: false } });
    const next = await request(recipe);
    const close = await api.ask(ines, "POST", `approval_request/${String(next)}/close/`);
    expect(close.status).toBe(204);

    const rejected = await api.ask(ines, "GET", "approval_request/?approved=rejected");
    expect(rejected.body).toMatchObject({ count: 1, results: [{ id, comment: "no" }] });
    const wrong = await api.ask(ines, "GET", "approval_request/?approved=maybe");
    expect(wrong).toMatchObject({ status: 400, body: { at: "/approved" } });
  });

  test("stops a recipe by one person, and starts it by nothing but a new approval", async () => {
    const recipe = await create();
    await approve(await request(recipe));
    const act = (what: string): Promise<ApiAnswer> =>
      api.ask(ines, "POST", `recipe/${String(recipe.id)}/${what}/`);
    expect(await act("enable")).toMatchObject({
      status: 409,
      body: { code: "recipe/live-already" },
    });
    expect(await act("disable")).toMatchObject({
      status: 200,
      body: { approved_revision: { enabled: false, enabled_states: [{}, { enabled: false }] } },
    });
    expect(await act("disable")).toMatchObject({ status: 409, body: { code: "recipe/not-live" } });
    expect(await act("enable")).toMatchObject({ status: 403, body: { code: "approval/required" } });
    expect(await approve(await request(recipe))).toMatchObject({ status: 200 });
  });

  test("takes filter objects, which a change of something else leaves as they are", async () => {
    const filter_object = [{ type: "channel", channels: ["esr"] }];
    const filter_expression = '(env.channel in ["esr"]) && (env.isFirstRun)';
    const recipe = await create(ines, { filter_object });
    expect(recipe.latest_revision).toMatchObject({ filter_expression });
    const change = (body: object): Promise<ApiAnswer> =>
      api.ask(ines, "PATCH", `recipe/${String(recipe.id)}/`, body);
    expect(await change({ name: "Faster tabs" })).toMatchObject({
      status: 200,
      body: { latest_revision: { name: "Faster tabs", filter_expression } },
    });
    expect(await change({ filter_object })).toMatchObject({
      status: 200,
      body: { latest_revision: { filter_expression: '(env.channel in ["esr"])' } },
    });
  });

  test("points at what is wrong in what was written", async () => {
    const refused = async (change: object): Promise<unknown> =>
      (await api.ask(ines, "POST", "recipe/", written(change))).body;
    expect(await refused({ extra_filter_expression: "(" })).toMatchObject({
      code: "filter/syntax",
      at: "/extra_filter_expression",
    });
    expect(await refused({ extra_filter_expression: undefined })).toMatchObject({
      code: "recipe/missing",
      at: "/extra_filter_expression",
    });
    expect(await refused({ arguments: { slug: "a", preferences: [{}] } })).toMatchObject({
      findings: [
        { at: "/arguments/preferences/0/preferenceName" },
        { at: "/arguments/preferences/0/value" },
      ],
    });
    expect(await refused({ filter_object: [{ type: "chanel" }] })).toMatchObject({
      code: "recipe/out-of-range",
      at: "/filter_object/0/type",
    });
    expect(await refused({ enabled: true })).toMatchObject({ at: "/enabled" });
    expect(await refused({ name: "x".repeat(600_000) })).toMatchObject({ code: "http/too-large" });
    const broken = await fetch(`${api.server.url}/api/v3/recipe/`, {
      method: "POST",
      headers: { authorization: `Token ${ines}` },
      body: '{"name": "a", "__proto__": {}}',
    });
    expect([broken.status, await broken.json()]).toMatchObject([400, { code: "http/bad-request" }]);
  });

  test("gives lists page by page, narrowed down", async () => {
    for (let index = 0; index < 26; index += 1) await create(ines, { name: "Needle" });
    const found = await api.ask(ines, "GET", "recipe/?text=needle&enabled=false");
    expect(found.body).toMatchObject({ count: 26, previous: null });
    expect(found.body["results"]).toHaveLength(25);
    const next = new URL(String(found.body["next"]));
    const second = await api.ask(ines, "GET", `recipe/${next.search}`);
    expect(second.body).toMatchObject({ count: 26, next: null });
    expect(second.body["results"]).toHaveLength(1);
    for (const page of ["3", "0", "x"])
      expect((await api.ask(ines, "GET", `recipe/?text=needle&page=${page}`)).status).toBe(404);
    const none = await api.ask(ines, "GET", "recipe/?action=addon-study");
    expect(none.body).toMatchObject({ count: 0, results: [] });
  });

  test("tells who one is, who there is and what was done", async () => {
    expect((await api.ask(otto, "GET", "service_info/")).body).toMatchObject({
      user: { first_name: "otto" },
      scopes: ["read", "write", "stop", "approve"],
      peer_approval_enforced: true,
    });
    expect((await api.ask(otto, "GET", "user/")).body).toMatchObject([
      { first_name: "ada", role: "admin", is_active: true },
      { first_name: "ines" },
      { first_name: "otto" },
    ]);
    const { body } = await api.ask(otto, "GET", "audit/");
    expect(body["results"]).toContainEqual(
      expect.objectContaining({ who: "ines", what: "revision.added", subject: "" }),
    );
    const text = JSON.stringify(body) + JSON.stringify((await api.ask(otto, "GET", "user/")).body);
    expect(text).not.toContain("mulberry_");
  });

  test("gives events to who may look, beside the authoring API", async () => {
    const path = `${api.server.url}/api/v1/events/`;
    const answer = await fetch(path, { headers: { authorization: `Bearer ${ines}` } });
    expect([answer.status, await answer.json()]).toEqual([200, []]);
    expect((await fetch(path)).status).toBe(401);
  });

  test("lets no page of another origin read or ask anything", async () => {
    const path = `${api.server.url}/api/v3/recipe/`;
    const headers = { origin: "https://pages.example", authorization: `Token ${ines}` };
    for (const method of ["GET", "OPTIONS"]) {
      const answer = await fetch(path, { method, headers });
      expect(
        [...answer.headers.keys()].filter((name) => name.startsWith("access-control")),
      ).toEqual([]);
    }
  });

  test("looks at ten wrong tokens of an address in a minute, and at no eleventh", async () => {
    const guess = (): Promise<ApiAnswer> => api.ask(`mulberry_${"A".repeat(43)}`, "GET", "recipe/");
    for (let index = 0; index < 10; index += 1) {
      const { status, headers } = await guess();
      expect([status, headers.get("www-authenticate")]).toEqual([401, "Token"]);
    }
    const { status, headers, body } = await guess();
    expect([status, headers.get("retry-after")]).toEqual([429, "60"]);
    expect(body).toMatchObject({ code: "access/too-many-attempts" });
  });
});

interface RecipeAnswer {
  readonly id: number;
  readonly latest_revision: {
    readonly id: number;
    readonly sha256: string;
    readonly arguments: unknown;
  };
}
