import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Attempt,
  expectNothingLive,
  expectRefused,
  openScene,
  type Scene,
} from "#kit/alone.ts";
import { production } from "#kit/office.ts";
import { aRollout } from "#kit/recipes.ts";
import { aConfig, mulberry } from "#kit/server.ts";
import { startServer } from "#server/main.ts";

// What one person alone may try on a production server to take a text live that nobody else approved.
// With test/flow/alone-tokens.test.ts, which is about roles and tokens, there are more than forty ways.

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

const ownWork = "approval/own-work";
const notFound = "approval/not-found";

const attempts: readonly Attempt[] = [
  {
    what: "publishes with --approve",
    code: "approval/required",
    attempt: async ({ edit, publish }) => (await edit(), publish("otto", "--approve")),
  },
  {
    what: "says that it is a development server",
    code: "keys/wrong-environment",
    attempt: async ({ office, edit }) => {
      await edit();
      const args = ["recipe", "publish", join(office.path, "recipe.json"), "--approve"];
      return mulberry([...args, "--data", office.dataDir], { MULBERRY_ENV: "development" });
    },
  },
  {
    what: "approves what they wrote and asked for",
    code: ownWork,
    attempt: async ({ ask, approve }) => approve("otto", await ask("otto")),
  },
  {
    what: "approves what they wrote and somebody else asked for",
    code: ownWork,
    attempt: async ({ write, request, approve }) => {
      const hash = await write("otto");
      await request("ines");
      return approve("otto", hash);
    },
  },
  {
    what: "approves what they asked for and somebody else wrote",
    code: ownWork,
    attempt: async ({ write, request, approve }) => {
      const hash = await write("ines");
      await request("otto");
      return approve("otto", hash);
    },
  },
  {
    what: "approves what nobody asked for",
    code: notFound,
    attempt: async ({ write, approve }) => approve("otto", await write("ines")),
  },
  {
    what: "edits what waits and approves the old text",
    code: notFound,
    attempt: async ({ write, ask, approve }) => {
      const hash = await ask("ines");
      await write("otto");
      return approve("otto", hash);
    },
  },
  {
    what: "edits what waits and approves the new text",
    code: notFound,
    attempt: async ({ write, ask, approve }) => {
      await ask("ines");
      return approve("otto", await write("otto"));
    },
  },
  {
    what: "edits what waits, asks, and approves",
    code: ownWork,
    attempt: async ({ ask, approve }) => {
      await ask("ines");
      return approve("otto", await ask("otto"));
    },
  },
  {
    what: "approves a text of their own under somebody else's request",
    code: "approval/other-content",
    attempt: async ({ write, ask, approve }) => {
      const own = await write("otto");
      await ask("ines");
      return approve("otto", own);
    },
  },
  ...["", "x", "undefined"].map((hash) => ({
    what: `approves by the hash "${hash}"`,
    code: "approval/other-content",
    attempt: async ({ ask, approve }: Scene) => (await ask("ines"), approve("otto", hash)),
  })),
  {
    what: "approves by the beginning of a hash",
    code: "approval/other-content",
    attempt: async ({ ask, approve }) => approve("otto", (await ask("ines")).slice(0, 20)),
  },
  {
    what: "approves what was rejected",
    code: notFound,
    attempt: async ({ ask, approve, as }) => {
      const hash = await ask("ines");
      await as("otto", "recipe", "reject", "fast-tabs", "--comment", "no");
      return approve("otto", hash);
    },
  },
  {
    what: "approves what was withdrawn",
    code: notFound,
    attempt: async ({ ask, approve, as }) => {
      const hash = await ask("ines");
      await as("ines", "recipe", "withdraw", "fast-tabs");
      return approve("otto", hash);
    },
  },
  {
    what: "approves again what was stopped",
    code: notFound,
    attempt: async ({ ask, approve, as }) => {
      const hash = await ask("ines");
      expect(await approve("otto", hash)).toMatchObject({ code: 0 });
      await as("otto", "recipe", "disable", "fast-tabs");
      return approve("otto", hash);
    },
  },
  {
    what: "stops it, asks for it and approves",
    code: ownWork,
    attempt: async ({ request, ask, approve, as }) => {
      const hash = await ask("ines");
      expect(await approve("otto", hash)).toMatchObject({ code: 0 });
      await as("otto", "recipe", "disable", "fast-tabs");
      await request("otto");
      return approve("otto", hash);
    },
  },
  {
    what: "lets what was stopped go on, of what was never live",
    code: notFound,
    attempt: async ({ write, approve, as }) => {
      const hash = await write("otto");
      await as("otto", "kill", "add", "--slug", "fast-tabs");
      await as("otto", "kill", "lift", "--slug", "fast-tabs");
      return approve("otto", hash);
    },
  },
];

test.each(attempts)("one person alone who $what takes nothing live", (attempt) =>
  expectRefused(scene, attempt),
);

test("nor does who writes an approval of their own into the database by hand", async () => {
  await scene.ask("otto");
  const db = new DatabaseSync(join(scene.office.dataDir, "mulberry.db"));
  try {
    expect(() => {
      db.exec("update requests set state = 'approved', decider = requester where decider is null");
    }).toThrow(/CHECK/u);
  } finally {
    db.close();
  }
  await expectNothingLive(scene);
});

test("nor does a server that starts, with what QA has on a development server", async () => {
  await scene.ask("ines");
  const server = await startServer(aConfig(scene.office.dataDir, production));
  try {
    const body = JSON.stringify([aRollout()]);
    const answer = await fetch(`${server.url}/api/dev/live`, { method: "PUT", body });
    expect(answer.status).toBe(404);
  } finally {
    await server.close();
  }
  await expectNothingLive(scene);
});
