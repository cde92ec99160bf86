import { describe, expect, test } from "vitest";
import { withAddons } from "#server/authoring/addons.ts";
import type { StoredExtension } from "#server/store/ports.ts";

const extension: StoredExtension = {
  id: 3,
  name: "Reader",
  addonId: "reader@mulberry.example",
  version: "1.2",
  sha256: "a".repeat(64),
  size: 99,
  createdMs: 0,
};
const addon = {
  url: `https://mulberry.example/extensions/${extension.sha256}.xpi`,
  sha256: extension.sha256,
  size: 99,
  addon_id: "reader@mulberry.example",
  version: "1.2",
};
const written = (action: string, said: unknown, isStrict = true) =>
  withAddons(
    { action, arguments: said },
    { extension: (id) => Promise.resolve(id === 3 ? extension : undefined) },
    { serverUrl: "https://mulberry.example", isStrict },
  );

describe("what a client needs to fetch an add-on is written", () => {
  test.each(["addon-study", "branched-addon-study"])("into each branch of %s", async (action) => {
    const control = { slug: "a", extensionApiId: null };
    const branches = [control, { slug: "b", extensionApiId: 3 }];
    expect(await written(action, { slug: "s", branches })).toEqual({
      slug: "s",
      branches: [control, { ...branches[1], addon }],
    });
  });

  test.each(["addon-rollout", "opt-out-study"])("beside the one id of %s", async (action) => {
    const said = { slug: "s", extensionApiId: 3 };
    expect(await written(action, said)).toEqual({ ...said, addon });
  });

  test.each([
    ["addon-rollback", { rolloutSlug: "s", extensionApiId: 3 }],
    ["preference-study", { branches: [{ extensionApiId: 3 }] }],
    ["addon-rollout", { slug: "s" }],
    ["addon-rollout", { slug: "s", extensionApiId: "3" }],
    ["addon-rollout", []],
    ["addon-study", "nonsense"],
    ["no-such-action", { extensionApiId: 3 }],
  ])("not into %s %j", async (action, said) => {
    expect(await written(action, said)).toEqual(said);
  });
});

describe("an add-on that nobody uploaded", () => {
  test.each([
    {
      action: "addon-study",
      said: { branches: [{ extensionApiId: 3 }, { extensionApiId: 4 }] },
      at: "/arguments/branches/1/extensionApiId",
    },
    {
      action: "addon-rollout",
      said: { slug: "s", extensionApiId: 4 },
      at: "/arguments/extensionApiId",
    },
    {
      action: "addon-rollout",
      said: { slug: "s", extensionApiId: 0.5 },
      at: "/arguments/extensionApiId",
    },
  ])("of $action is refused at $at, or left to the client", async ({ action, said, at }) => {
    await expect(written(action, said)).rejects.toMatchObject({ code: "extension/not-found", at });
    expect(JSON.stringify(await written(action, said, false))).toContain('"extensionApiId"');
  });
});
