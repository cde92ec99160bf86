import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, openApiServer } from "#kit/api.ts";
import { aRollout } from "#kit/recipes.ts";
import { openWindow, type Window } from "#kit/window.ts";
import type { Role } from "#server/store/ports-people.ts";

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await openApiServer();
  for (const [name, role] of [
    ["ada", "admin"],
    ["bob", "author"],
    ["cleo", "approver"],
    ["vic", "viewer"],
  ] as const)
    tokens.set(name, await api.office.admit(name, role satisfies Role));
});
afterAll(() => api[Symbol.asyncDispose]());

describe("a recipe in the console", () => {
  test("goes live when one asks and another approves, and is stopped by one", async () => {
    const { id, slug } = await write();
    const [bob, cleo] = [await sit("bob"), await sit("cleo")];
    const page = `/console/recipes/${String(id)}/`;
    expect((await bob.get(page)).html).toContain("Ask for approval");
    const form = fieldsOf((await bob.get(page)).html);
    expect(await bob.send(`${page}request/`, form)).toMatchObject({
      status: 303,
      location: `${page}?done=request`,
    });

    const own = (await bob.get(page)).html;
    expect(own).toContain("Waits for review");
    expect(own).not.toContain("Approve: it goes live");
    const asked = (await cleo.get(page)).html;
    expect(asked).toContain("Approve: it goes live");
    expect(await cleo.send(`${page}approve/`, fieldsOf(asked))).toMatchObject({ status: 303 });
    expect((await cleo.get(`${page}?done=approve`)).html).toContain("Approved: it is live.");
    expect(await liveSlugs()).toContain(slug);

    expect(await cleo.send(`${page}disable/`)).toMatchObject({ status: 303 });
    expect(await liveSlugs()).not.toContain(slug);
    const after = (await bob.get(page)).html;
    expect(after).toContain("Ask that it starts again");
    for (const what of ["revision.added", "approval.requested", "approval.approved"])
      expect(after).toContain(what);
  });

  test("is rejected with a reason, which its author reads, and not without", async () => {
    const { id } = await write();
    const [bob, cleo] = [await sit("bob"), await sit("cleo")];
    const page = await request(bob, id);
    const fields = fieldsOf((await cleo.get(page)).html);
    const silent = await cleo.send(`${page}reject/`, { ...fields, comment: " " });
    expect(silent.status).toBe(400);
    expect(silent.html).toContain("Say why: the author has to know.");
    await cleo.send(`${page}reject/`, { ...fields, comment: "Too <wide>" });
    const read = (await bob.get(page)).html;
    expect(read).toContain("Too &lt;wide&gt;");
    expect(read).toContain("Ask for approval");
  });

  test("keeps what was written beside a refusal", async () => {
    const { id } = await write();
    const cleo = await sit("cleo");
    const page = await request(await sit("bob"), id);
    const fields = { ...fieldsOf((await cleo.get(page)).html), sha256: "other", comment: "a\nb" };
    const refused = await cleo.send(`${page}approve/`, fields);
    expect(refused.status).toBe(409);
    expect(refused.html).toContain("approval/other-content");
    expect(refused.html).toMatch(/<textarea[^>]*>a\nb<\/textarea>/u);
  });

  test("is withdrawn by whoever writes, and asked for anew", async () => {
    const { id } = await write();
    const bob = await sit("bob");
    const page = await request(bob, id);
    expect(await bob.send(`${page}withdraw/`, fieldsOf((await bob.get(page)).html))).toMatchObject({
      status: 303,
    });
    expect((await bob.get(page)).html).toContain("Ask for approval");
  });

  test("is never approved by way of another recipe's page", async () => {
    const [one, other] = [await write(), await write()];
    const [bob, cleo] = [await sit("bob"), await sit("cleo")];
    const page = await request(bob, one.id);
    const fields = fieldsOf((await cleo.get(page)).html);
    const crossed = await cleo.send(`/console/recipes/${String(other.id)}/approve/`, fields);
    expect(crossed.status).toBe(404);
    expect(await liveSlugs()).not.toContain(one.slug);
  });

  test("cannot be approved by whoever wrote it, whatever they send", async () => {
    const { id, slug } = await write("cleo");
    const [bob, cleo] = [await sit("bob"), await sit("cleo")];
    const page = await request(bob, id);
    const refused = await cleo.send(`${page}approve/`, fieldsOf((await cleo.get(page)).html));
    expect(refused.status).toBe(403);
    expect(refused.html).toContain("Cleo wrote this: somebody else has to approve it.");
    expect(await liveSlugs()).not.toContain(slug);
  });

  test("is killed and let go on again, by one person", async () => {
    const { id } = await write();
    const ada = await sit("ada");
    const page = `/console/recipes/${String(id)}/`;
    await ada.get(page);
    expect(await ada.send(`${page}kill/`)).toMatchObject({ status: 303 });
    expect((await ada.get(page)).html).toContain("Killed</span>");
    expect(await ada.send(`${page}lift/`)).toMatchObject({ status: 303 });
    expect((await ada.get(page)).html).not.toContain("Killed</span>");
  });

  test("offers a viewer nothing", async () => {
    const { id } = await write();
    await request(await sit("bob"), id);
    const { html } = await (await sit("vic")).get(`/console/recipes/${String(id)}/`);
    expect(html).toContain("You may look at this recipe.");
    expect(html.match(/<form/gu)).toHaveLength(1);
  });
});

describe("a revision in the console", () => {
  test("is compared with the one before, or with any other", async () => {
    const { id, revision } = await write();
    await api.ask(tokens.get("bob"), "PATCH", `recipe/${String(id)}/`, {
      name: "Another name",
      extra_filter_expression: 'normandy.channel == "beta"',
    });
    const bob = await sit("bob");
    const { html } = await bob.get(`/console/recipes/${String(id)}/`);
    const [newest = ""] = /\/console\/recipes\/\d+\/revisions\/\d+\//u.exec(html) ?? [];
    const compared = (await bob.get(newest)).html;
    expect(compared).toContain(`What it changes of revision ${String(revision)}`);
    expect(compared).toContain("<code>/name</code>");
    expect(compared).toContain("&quot;Another name&quot;");
    const self = newest.replace(/\d+\/$/u, `${String(revision)}/`);
    expect((await bob.get(self)).html).toContain("What it changes of nothing");
    expect((await bob.get(newest.replace(/\d+\/$/u, "999/"))).status).toBe(404);
  });
});

describe("the list of recipes", () => {
  test("finds by any words of a recipe, and says so where there is none", async () => {
    const { slug } = await write();
    const bob = await sit("bob");
    expect((await bob.get(`/console/?q=${slug}`)).html).toContain(`· ${slug}</small>`);
    expect((await bob.get(`/console/?q=${slug}+browser`)).html).toContain(`· ${slug}</small>`);
    const none = (await bob.get("/console/?q=%3Cb%3Enowhere")).html;
    expect(none).toContain("No recipe here holds all of");
    expect(none).toContain("&lt;b&gt;nowhere");
  });

  test("shows what waits first, and what stands where", async () => {
    const { id, slug } = await write();
    await request(await sit("bob"), id);
    await write();
    const vic = await sit("vic");
    const waiting = (await vic.get("/console/?view=waiting")).html;
    expect(waiting).toContain("Waits for review");
    const all = (await vic.get("/console/")).html;
    const first = /<tbody>.*?<small>(.*?)<\/small>/su.exec(all)?.[1];
    expect(first).toBe(`${String(id)} · ${slug}`);
  });

  test("is turned by pages", async () => {
    for (let count = 0; count < 26; count += 1) await write();
    const vic = await sit("vic");
    const first = (await vic.get("/console/?view=draft")).html;
    expect(first).toContain("Page 1 of ");
    expect(first).toContain('href="/console/?view=draft&amp;page=2"');
    expect(first.match(/<th scope="row">/gu)).toHaveLength(25);
    expect((await vic.get("/console/?view=draft&page=99")).html).toContain("No recipe is in");
  });
});

test("what was done is told newest first, fifty at a time, with what it was done to", async () => {
  for (let count = 0; count < 50; count += 1) await write();
  const { id } = await write();
  const vic = await sit("vic");
  const { html } = await vic.get("/console/audit/");
  const [signedIn, revision] = [...html.matchAll(/<tr>\s*<td>.*?<\/tr>/gsu)].map(([row]) => row);
  expect(signedIn).toMatch(/vic<\/td>\s*<td>session\.opened/u);
  expect(revision).toContain(`href="/console/recipes/${String(id)}/"`);
  const earlier = /href="(\/console\/audit\/\?before=\d+)"/u.exec(html)?.[1] ?? "/";
  const before = (await vic.get(earlier)).html;
  expect(before).toMatch(/<tr>\s*<td>/u);
  expect(before).not.toContain(`href="/console/recipes/${String(id)}/"`);
});

let written = 0;
async function write(
  author = "bob",
): Promise<{ readonly id: number; readonly slug: string; readonly revision: number }> {
  const slug = `rollout-${String((written += 1))}`;
  const { name, action } = aRollout();
  const { body } = await api.ask(tokens.get(author), "POST", "recipe/", {
    ...{
      name,
      action,
      arguments: { preferences: [{ preferenceName: `browser.${slug}`, value: true }], slug },
    },
    extra_filter_expression: "[env.userId]|stableSample(0.1)",
  });
  const { id, latest_revision } = body as unknown as {
    readonly id: number;
    readonly latest_revision: { readonly id: number };
  };
  return { id, slug, revision: latest_revision.id };
}

async function sit(name: string): Promise<Window> {
  const window = openWindow(api.server.url);
  expect((await window.signIn(tokens.get(name) ?? "")).status).toBe(303);
  return window;
}

/** Asks for approval of a recipe's newest revision. @returns the recipe's page */
async function request(window: Window, id: number): Promise<string> {
  const page = `/console/recipes/${String(id)}/`;
  const fields = fieldsOf((await window.get(page)).html);
  expect(await window.send(`${page}request/`, fields)).toMatchObject({ status: 303 });
  return page;
}

/** The hidden fields of a page's forms. */
function fieldsOf(html: string): Readonly<Record<string, string>> {
  const fields = html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/gu);
  return Object.fromEntries([...fields].map(([, name = "", value = ""]) => [name, value]));
}

async function liveSlugs(): Promise<readonly string[]> {
  const answer = await fetch(`${api.server.url}/api/v1/recipe/?enabled=true`);
  const recipes = (await answer.json()) as readonly {
    readonly arguments: { readonly slug: string };
  }[];
  return recipes.map(({ arguments: said }) => said.slug);
}
