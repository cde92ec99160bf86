import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, openApiServer } from "#kit/api.ts";
import { postedBy } from "#kit/console-forms.ts";
import { aClientId, anArchiveOf } from "#kit/environments.ts";
import { openWindow, type Shown, type Window } from "#kit/window.ts";

const newStudy = "/console/recipes/new/?action=preference-study";

let api: Api;
let author: string;
let viewer: string;
beforeAll(async () => {
  api = await openApiServer();
  await api.office.admit("ada", "admin");
  author = await api.office.admit("ann", "author");
  viewer = await api.office.admit("vic", "viewer");
});
afterAll(() => api[Symbol.asyncDispose]());

describe("writing a recipe in the console", () => {
  test("goes from an empty form to a draft with three branches and a compound filter, without a script", async () => {
    const window = await signedIn(author);
    let page = await window.get(newStudy);
    page = await press(window, page, "add /arguments/branches");
    page = await press(window, page, "add /arguments/branches");
    for (const branch of ["0", "1", "2"])
      page = await press(window, page, `add /arguments/branches/${branch}/preferences`);
    page = await press(window, page, "add /filter_object", { "new /filter_object": "or" });
    const inside = "/filter_object/0/subfilters";
    page = await press(window, page, `add ${inside}`, { [`new ${inside}`]: "channel" });
    page = await press(window, page, `add ${inside}`, { [`new ${inside}`]: "locale" });
    const filled = {
      "/name": "Three ways",
      "/arguments/slug": "three-ways",
      "/arguments/userFacingName": "Three ways",
      "/arguments/userFacingDescription": "Tries three lengths of the list.",
      ...branch(0, "five", "5"),
      ...branch(1, "six", "6"),
      ...branch(2, "seven", "7"),
      [`${inside}/0/channels`]: "esr\r\nrelease",
      [`${inside}/1/locales`]: "de",
      "/extra_filter_expression": "[env.userId, 'three-ways']|bucketSample(0, 100, 1000)",
      comment: "three ways to begin with",
    };
    const checked = await press(window, page, "check", filled);
    expect(checked).toMatchObject({ status: 200 });
    expect(checked.html).toMatch(/Nothing\s+is\s+wrong\s+with\s+it\./u);
    expect(checked.html).toContain("five 33.3 %, six 33.3 %, seven 33.3 %");
    expect(checked.html).toContain("10 % of all browsers");
    const previewed = await press(window, checked, "preview");
    expect(previewed.html).toMatch(/made-up browsers/u);
    expect(previewed.html).toMatch(/<th scope="row">three-ways<\/th>\s*<td>new<\/td>/u);

    const saved = await press(window, checked, "save");
    expect(saved).toMatchObject({ status: 303 });
    const again = await window.get(saved.location ?? "");
    expect(again.html).toContain("Saved as a draft");
    const stored = JSON.parse(
      await api.office.done(author, "recipe", "show", "three-ways", "--json"),
    ) as { readonly recipe: object; readonly revisions: readonly object[] };
    expect(stored).toMatchObject({
      live: false,
      revisions: [{ author: "ann", comment: "three ways to begin with" }],
      recipe: {
        action: "preference-study",
        arguments: { branches: [{ slug: "five" }, { slug: "six" }, { slug: "seven" }] },
        filter_expression:
          '((env.channel in ["esr", "release"]) || (env.locale in ["de"])) && ([env.userId, \'three-ways\']|bucketSample(0, 100, 1000))',
      },
    });
  }, 240_000);

  test("gives a refused form back as it was sent, and says what is wrong where it is", async () => {
    const window = await signedIn(author);
    const page = await window.get("/console/recipes/new/?action=preference-rollout");
    const typed = {
      "/name": "<b>bold</b>",
      "/arguments/slug": "UPPER",
      "/arguments/preferences/0/preferenceName": "a b",
      "/extra_filter_expression": "env.locale = 1",
    };
    const refused = await press(window, page, "save", typed);
    expect(refused.status).toBe(400);
    expect(postedBy(refused.html)).toEqual(expect.arrayContaining(Object.entries(typed)));
    expect(refused.html).not.toContain("<b>bold");
    for (const place of ["/arguments/slug", "/extra_filter_expression"])
      expect(refused.html).toContain(`aria-describedby="${place}:hint ${place}:remarks"`);
  });

  test("asks for review of what it saves, and writes over nobody else's revision", async () => {
    const window = await signedIn(author);
    const page = await window.get("/console/recipes/new/?action=console-log");
    const typed = { "/name": "Hello", "/slug": "hello-there", "/extra_filter_expression": "true" };
    const asked = await press(window, page, "request", typed);
    expect(asked).toMatchObject({
      status: 303,
      location: expect.stringMatching(/done=request$/u) as unknown,
    });
    const edit = (asked.location ?? "").replace(/\?.*$/u, "edit/");
    const mine = await window.get(edit);
    expect(postedBy(mine.html)).toContainEqual(["/slug", "hello-there"]);

    const theirs = await press(window, mine, "save", { "/arguments/message": "first" }, edit);
    expect(theirs.status).toBe(303);
    const late = await press(window, mine, "save", { "/arguments/message": "second" }, edit);
    expect(late.status).toBe(400);
    expect(late.html).toContain("approval/outdated");
    expect(postedBy(late.html)).toContainEqual(["/arguments/message", "second"]);
    const namesake = await press(window, page, "save", typed);
    expect(namesake.html).toContain("recipe/duplicate-slug");
  });

  test("says of one browser why it would match, or not, part by part", async () => {
    await anArchiveOf(api.office.dataDir, 3, Date.now());
    const window = await signedIn(author);
    const page = await window.get("/console/recipes/new/?action=console-log");
    const asked = { "/name": "Why", "/extra_filter_expression": 'env.locale == "de" && true' };
    const why = (client: string): Promise<Shown> =>
      press(window, page, "why", { ...asked, client });
    const german = await why(aClientId(1));
    expect(german.html).toMatch(/This browser matches/u);
    expect(german.html).toMatch(/<code>env\.locale<\/code><\/th>\s*<td>&quot;de&quot;<\/td>/u);
    const other = await why(aClientId(2));
    expect(other.html).toMatch(/This browser does not match/u);
    expect(other.html).toMatch(
      /Otherwise with\s+<code>env\.locale == &quot;de&quot;<\/code> true/u,
    );
    expect((await why("<b>nobody")).html).toContain("from the client &lt;b&gt;nobody");
  });

  test("is for authors", async () => {
    const window = await signedIn(viewer);
    expect(await window.get(newStudy)).toMatchObject({ status: 403 });
    expect(await window.send(newStudy, { action: "console-log", do: "save" })).toMatchObject({
      status: 403,
    });
  });

  test("tells of a filter as it is typed what is wrong with it", async () => {
    const window = await signedIn(author);
    const said = async (filter: string): Promise<unknown> =>
      JSON.parse((await window.send("/console/filter-check/", { filter })).html);
    expect(await said("true")).toEqual({ findings: [] });
    expect(await said("env.locale = 1")).toEqual({
      findings: [{ kind: "error", message: expect.stringContaining("character 12") as unknown }],
    });
    expect(await said("env.lokale == 'de'")).toMatchObject({ findings: [{ kind: "warning" }] });
  });
});

async function signedIn(token: string): Promise<Window> {
  const window = openWindow(api.server.url);
  await window.signIn(token);
  return window;
}

/** Sends the form of a page as a browser would, with some fields filled in and a button pressed. */
function press(
  window: Window,
  page: Shown,
  button: string,
  typed: Readonly<Record<string, string>> = {},
  path = newStudy,
): Promise<Shown> {
  const [form = ""] = /<form class="recipe".*<\/form>/su.exec(page.html) ?? [];
  expect(button === "check" || form.includes(`value="${button}"`)).toBe(true);
  return window.send(path, { ...Object.fromEntries(postedBy(form)), ...typed, do: button });
}

function branch(index: number, slug: string, value: string): Readonly<Record<string, string>> {
  const place = `/arguments/branches/${String(index)}`;
  return {
    [`${place}/slug`]: slug,
    [`${place}/ratio`]: "1",
    [`${place}/preferences/0/=`]: "browser.urlbar.maxRichResults",
    [`${place}/preferences/0/preferenceType`]: "integer",
    [`${place}/preferences/0/preferenceValue/text`]: value,
  };
}
