import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Office, openOffice, production } from "#kit/office.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { expectRefusal, mulberry } from "#kit/server.ts";

// A production folder: what goes live there, and by whom.

let office: Office;
let ines: string;
let otto: string;
/** The recipe of a test. */
let slug: string;
let count = 0;

beforeAll(async () => {
  office = await openOffice();
  await office.admit("ada", "admin");
  ines = await office.admit("ines", "author");
  otto = await office.admit("otto", "approver");
});
afterAll(() => office[Symbol.asyncDispose]());
beforeEach(() => {
  slug = `rollout-${String((count += 1))}`;
});

describe("a recipe on a production server", () => {
  test("goes live when somebody other than its author approves it, and the history says who", async () => {
    const sha256 = await ask();
    expect(await isLive()).toBe(false);
    expect(JSON.parse(await office.done(undefined, "recipe", "waiting", "--json"))).toMatchObject([
      { slug, sha256, requester: "ines", state: "pending" },
    ]);
    expect(await listed()).toMatchObject({ live: false, waiting: true });

    const approved = await office.done(
      otto,
      ...["recipe", "approve", slug, "--sha256", sha256, "--comment", "fine", "--json"],
    );
    expect(JSON.parse(approved)).toMatchObject({ slug, sha256, n: expect.any(Number) as unknown });
    expect(await isLive()).toBe(true);
    expect(await listed()).toMatchObject({ live: true, waiting: false });
    expect(await history()).toEqual([
      `ines revision.added ${sha256}`,
      `ines approval.requested ${sha256}`,
      `otto approval.approved ${sha256}`,
      `otto recipe.live ${sha256}`,
    ]);
    const shown = await office.done(undefined, "recipe", "show", slug, "--json");
    expect(JSON.parse(shown)).toMatchObject({
      revisions: [{ author: "ines", sha256, live: true }],
    });
  });

  test("is published without a word of approval, and says what comes next", async () => {
    const { code, stderr } = await publish(ines);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^approval\/required: .*mulberry recipe request \d+/mu);
    expect(await isLive()).toBe(false);
  });

  test("waits no longer once it was edited: neither the old text nor the new one can be approved", async () => {
    const old = await ask();
    await publish(otto, { name: "Another" });

    expect(await office.done(undefined, "recipe", "waiting")).not.toContain(slug);
    for (const sha256 of [old, await newest()])
      expectRefusal(await approve(otto, sha256), /^approval\/not-found: /u);
    expect(await history()).toContain(`otto approval.void ${old}`);
    expect(await isLive()).toBe(false);
  });

  test("is approved as what was looked at, or not at all", async () => {
    const old = await ask();
    await publish(ines, { name: "Another" });
    await office.done(ines, "recipe", "request", slug);

    expectRefusal(await approve(otto, old), /^approval\/other-content: /u);
    await office.done(otto, "recipe", "approve", slug, "--sha256", await newest());
    expect(await isLive()).toBe(true);
  });

  test("is held against what is live, place by place, for who approves", async () => {
    await goLive();
    await publish(ines, { name: "Another\u009b" });
    expect(await office.done(undefined, "recipe", "diff", slug)).toBe(
      '/name: "A recipe for a test" → "Another\\u009b"\n',
    );
    const [line = ""] = (await office.done(undefined, "recipe", "diff", slug, "--json")).split(
      "\n",
    );
    expect(JSON.parse(line)).toEqual({
      at: "/name",
      before: "A recipe for a test",
      after: "Another\u009b",
    });
  });

  test("is turned down with a reason, and can be asked for again", async () => {
    const sha256 = await ask();
    expectRefusal(
      await office.run(otto, "recipe", "reject", slug),
      /^approval\/comment-missing: /u,
    );
    await office.done(otto, "recipe", "reject", slug, "--comment", "too many browsers");
    expectRefusal(await approve(otto, sha256), /^approval\/not-found: /u);

    await office.done(ines, "recipe", "request", slug);
    await office.done(ines, "recipe", "withdraw", slug);
    expect(await history()).toEqual([
      `ines revision.added ${sha256}`,
      `ines approval.requested ${sha256}`,
      `otto approval.rejected ${sha256}`,
      `ines approval.requested ${sha256}`,
      `ines approval.withdrawn ${sha256}`,
    ]);
  });

  test("is stopped by one person, and starts again by two", async () => {
    const sha256 = await goLive();
    await office.done(ines, "recipe", "disable", slug);
    expect(await isLive()).toBe(false);

    expectRefusal(await approve(otto, sha256), /^approval\/not-found: /u);
    await office.done(ines, "recipe", "request", slug);
    await office.done(otto, "recipe", "approve", slug, "--sha256", sha256);
    expect(await isLive()).toBe(true);
  });

  test("that is stopped takes with it what waited: whoever approves has to know of the stop", async () => {
    await goLive();
    await publish(ines, { name: "Next" });
    await office.done(ines, "recipe", "request", slug);
    await office.done(undefined, "recipe", "disable", slug);

    expectRefusal(await approve(otto, await newest()), /^approval\/not-found: /u);
    expect((await history()).slice(-2)).toEqual([
      expect.stringMatching(/^null recipe\.disabled /u),
      expect.stringMatching(/^null approval\.void /u),
    ]);
  });

  test("is not asked for twice, nor when it is live", async () => {
    const sha256 = await ask();
    const request = (): ReturnType<Office["run"]> => office.run(otto, "recipe", "request", slug);
    expectRefusal(await request(), /^approval\/pending: ines /u);
    await office.done(otto, "recipe", "approve", slug, "--sha256", sha256);
    expectRefusal(await request(), /^recipe\/live-already: /u);
  });

  test("does not go live beside another one with its slug, though both waited at one time", async () => {
    const sha256 = await ask();
    const { arguments: said, action } = aPreferenceStudy();
    const { stdout } = await publish(ines, { action, arguments: { ...said, slug } });
    const study = JSON.parse(stdout) as { readonly id: number; readonly sha256: string };
    const other = String(study.id);
    await office.done(ines, "recipe", "request", other);
    const first = JSON.parse(await office.done(undefined, "recipe", "waiting", "--json")) as {
      readonly id: number;
    }[];
    const rollout = String(first.find(({ id }) => id !== study.id)?.id);
    await office.done(otto, "recipe", "approve", rollout, "--sha256", sha256);

    expectRefusal(
      await office.run(otto, "recipe", "approve", other, "--sha256", study.sha256),
      /^recipe\/duplicate-slug: /u,
    );
  });
});

test("nothing that is stored lets anybody act: of a token there is only its hash", async () => {
  const names = (await readdir(office.dataDir)).filter((file) => file.includes(".db"));
  expect(names).toContain("mulberry.db");
  for (const name of names) {
    const bytes = await readFile(join(office.dataDir, name));
    for (const token of [ines, otto])
      expect(bytes.includes(token.slice("mulberry_".length)), name).toBe(false);
  }
});

test("a command with two tokens asks which of the two people it is for", async () => {
  const both = { MULBERRY_TOKEN: otto, MULBERRY_TOKEN_FILE: join(office.path, "otto.token") };
  expectRefusal(
    await mulberry(["token", "add", "--data", office.dataDir], { ...production, ...both }),
    /^config\/invalid: .*both set/u,
  );
});

async function publish(token: string, change: object = {}): ReturnType<Office["run"]> {
  const { name, action, arguments: said, filter_expression } = aRollout();
  const file = join(office.path, `${slug}.json`);
  const draft = { name, action, arguments: { ...said, slug }, filter_expression, ...change };
  await writeFile(file, JSON.stringify(draft));
  return office.run(token, "recipe", "publish", file);
}

/** Ines writes a recipe and asks for it. @returns its hash */
async function ask(): Promise<string> {
  expect(await publish(ines)).toMatchObject({ code: 0 });
  await office.done(ines, "recipe", "request", slug);
  return newest();
}

async function goLive(): Promise<string> {
  const sha256 = await ask();
  await office.done(otto, "recipe", "approve", slug, "--sha256", sha256);
  return sha256;
}

function approve(token: string, sha256: string): ReturnType<Office["run"]> {
  return office.run(token, "recipe", "approve", slug, "--sha256", sha256);
}

async function newest(): Promise<string> {
  const { revisions } = JSON.parse(
    await office.done(undefined, "recipe", "show", slug, "--json"),
  ) as { readonly revisions: readonly { readonly sha256: string }[] };
  return revisions.at(-1)?.sha256 ?? "";
}

async function isLive(): Promise<boolean> {
  const { live } = JSON.parse(await office.done(undefined, "recipe", "show", slug, "--json")) as {
    readonly live: boolean;
  };
  return live;
}

/** The test's recipe among all. */
async function listed(): Promise<unknown> {
  const all = JSON.parse(await office.done(undefined, "recipe", "list", "--json")) as readonly {
    readonly slug: string;
  }[];
  return all.find((one) => one.slug === slug);
}

/** Who did what to which text of the test's recipe. */
async function history(): Promise<readonly string[]> {
  const lines = await office.done(undefined, "recipe", "log", slug, "--json");
  return lines
    .trimEnd()
    .split("\n")
    .map((line) => {
      const { who, what, sha256 } = JSON.parse(line) as Readonly<Record<string, string | null>>;
      return `${String(who)} ${String(what)} ${String(sha256)}`;
    });
}
