import { expect, test } from "vitest";
import { aRollout } from "#kit/recipes.ts";
import { mulberry, temporaryFolder } from "#kit/server.ts";
import { embeddedIn } from "#server/data-folder.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { publishDrafts } from "#server/authoring/publish.ts";
import { openWorkplace } from "#server/workplace.ts";
import type { WireEvent } from "#telemetry/events.ts";
import {
  anEnrollEvent,
  anUptakeEvent,
  aPing,
  aSubmission,
  openTestIngest,
  startMs,
} from "../unit/server/ingest/support.ts";

test("events of a slug are its own and its recipe's uptake; a slug or type that nothing has is told", async () => {
  await using folder = await temporaryFolder();
  const data = ["--data", folder.path];
  await publishRollout(folder.path, 7);
  const ingest = await openTestIngest(folder.path);
  const events = [anEnrollEvent("fast-tabs"), uptakeOf(7), uptakeOf(8)];
  await ingest.submit(aSubmission(aPing(1, events)));
  await ingest.close();

  const found = await mulberry(["events", "--slug", "fast-tabs", ...data]);
  expect(
    found.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([
    { method: "enroll", value: "fast-tabs" },
    { method: "uptake", extra: { source: "normandy/recipe/7" } },
  ]);
  expect(found.stderr).toBe("");
  expect(await mulberry(["events", "--slug", "fast-tab", ...data])).toEqual({
    code: 0,
    stdout: "",
    stderr:
      'events/unknown-slug: no recipe here has the slug fast-tab; did you mean "fast-tabs"?\n',
  });
  expect(await mulberry(["pings", "--type", "evnt", ...data])).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringMatching(
      /^pings\/unknown-type: .*\(the types are .*event, .*main.*\)$/mu,
    ) as unknown,
  });
});

function uptakeOf(id: number): WireEvent {
  const [at, category, method, object, value] = anUptakeEvent();
  return [at, category, method, object, value, { source: `normandy/recipe/${String(id)}` }];
}

async function publishRollout(dataDir: string, id: number): Promise<void> {
  const workplace = await openWorkplace(
    { ...embeddedIn(dataDir), env: "development" },
    () => startMs,
  );
  const text = JSON.stringify({ ...aRollout({ slug: "fast-tabs" }), id });
  await publishDrafts(workplace, readDrafts([{ file: "rollout.json", text }]), {
    by: "operator",
    approval: "approved",
    comment: "",
    serverUrl: "http://127.0.0.1:8000",
  });
  await workplace.close();
}
