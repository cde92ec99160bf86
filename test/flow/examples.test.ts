import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asFile, type Desk, openDesk } from "#kit/desk.ts";
import { aRollout } from "#kit/recipes.ts";
import { embeddedIn } from "#server/data-folder.ts";
import type { RecipeFile } from "#server/authoring/drafts.ts";
import type { RecipeStore } from "#server/store/ports.ts";
import { mulberry } from "#kit/server.ts";
import { openStore } from "#server/workplace.ts";
import { publishExamples } from "#tools/examples.ts";

let desk: Desk;
let store: RecipeStore;
beforeEach(async () => {
  desk = await openDesk();
  store = await openStore(embeddedIn(desk.dataDir));
});
afterEach(async () => {
  await store.close();
  await desk[Symbol.asyncDispose]();
});

describe("an example", () => {
  test("is published where it is not there yet, and again where nobody touched it", async () => {
    expect(await publish("First")).toMatchObject({ published: [{ revision_id: "1" }], kept: [] });
    expect(await publish("First")).toMatchObject({ published: [{ revision_id: "1" }], kept: [] });
    expect(await publish("Second")).toMatchObject({ published: [{ revision_id: "2" }], kept: [] });
    expect(await liveName()).toBe("Second");
  });

  test("that a person disabled stays disabled", async () => {
    await publish("First");
    await mulberry(["recipe", "disable", "example", "--data", desk.dataDir]);

    expect(await publish("Second")).toEqual({
      published: [],
      kept: [{ slug: "example", why: "disabled" }],
    });
    expect(await liveName()).toBeUndefined();
  });

  test("that a person changed stays as it is, also one that was changed and changed back", async () => {
    await publish("First");
    await desk.server.publishFiles([example("Mine")]);
    const kept = [{ slug: "example", why: "changed" }];
    expect(await publish("Second")).toEqual({ published: [], kept });
    expect(await liveName()).toBe("Mine");

    await desk.server.publishFiles([example("First")]);
    expect(await publish("Second")).toEqual({ published: [], kept });
  });

  test("does not take the slug of a recipe that is somebody's own", async () => {
    await desk.server.publishFiles([example("Mine")]);
    expect(await publish("First")).toMatchObject({ kept: [{ slug: "example", why: "changed" }] });
    expect(await liveName()).toBe("Mine");
  });
});

function example(name: string): RecipeFile {
  return asFile(aRollout({ name, slug: "example", arguments: { slug: "example" } }));
}

function publish(name: string): ReturnType<typeof publishExamples> {
  return publishExamples(desk.server, store, [example(name)]);
}

async function liveName(): Promise<string | undefined> {
  return (await store.liveRevisions())[0]?.name;
}
