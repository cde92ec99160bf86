import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { capabilitiesOf } from "#recipes/capabilities.ts";
import { conflictsAmong } from "#recipes/conflicts.ts";
import { parseJson } from "#recipes/json.ts";
import { checkDraft, parseDraft } from "#recipes/parse.ts";
import { actionNames } from "#recipes/arguments.ts";

const folder = new URL("../../../recipes/examples/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const read = (file: string) => parseJson(readFileSync(new URL(file, folder), "utf8"));

describe("the examples", () => {
  test.each(files)("hold a recipe without a finding in %s", (file) => {
    expect(checkDraft(read(file)).findings).toEqual([]);
  });

  test.each(files)("hold a filter that compiles, and whose needs are known, in %s", (file) => {
    const draft = parseDraft(read(file));

    expect(capabilitiesOf(draft)).toContain(`action.${draft.action}`);
  });

  // A survey asks something of a person: it is no example that runs by itself.
  test("are at least eight and show every action but the survey", () => {
    const drafts = files.map((file) => parseDraft(read(file)));

    expect(drafts.length).toBeGreaterThanOrEqual(8);
    expect([...new Set(drafts.map(({ action }) => action))].sort()).toEqual(
      actionNames.filter((name) => name !== "show-heartbeat").sort(),
    );
  });

  test("have a slug each, and no two the same", () => {
    const slugs = files.map((file) => parseDraft(read(file)).slug);

    expect(slugs).not.toContain(undefined);
    expect(new Set(slugs).size).toBe(files.length);
  });

  test("leave each other's preferences alone", () => {
    expect(conflictsAmong(files.map((file) => parseDraft(read(file))))).toEqual([]);
  });

  test("let people join wherever an action knows of joining", () => {
    const paused = files.filter((file) => {
      const { arguments: said } = parseDraft(read(file));
      return "isEnrollmentPaused" in said && said.isEnrollmentPaused;
    });

    expect(paused).toEqual([]);
  });

  test("take no rollout back that is among them", () => {
    const drafts = files.map((file) => parseDraft(read(file)));
    const rolledBack = drafts.flatMap((draft) =>
      "rolloutSlug" in draft.arguments ? [draft.arguments.rolloutSlug] : [],
    );

    expect(rolledBack.length).toBeGreaterThan(0);
    expect(drafts.filter(({ slug }) => rolledBack.some((name) => name === slug))).toEqual([]);
  });
});
