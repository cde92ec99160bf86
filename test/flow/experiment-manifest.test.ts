import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aConfig, mulberry, temporaryFolder } from "#kit/server.ts";
import { anExperimentFile } from "#kit/telemetry-experiments.ts";
import { type RunningServer, startServer } from "#server/main.ts";
import { packXpi } from "#tools/xpi.ts";

let place: Awaited<ReturnType<typeof temporaryFolder>>;
let server: RunningServer;
let data: string;
let folder: string;
beforeEach(async () => {
  place = await temporaryFolder();
  data = join(place.path, "data");
  folder = join(place.path, "files");
  server = await startServer(aConfig(data));
  await mkdir(join(folder, "addon"), { recursive: true });
  const manifest = {
    manifest_version: 3,
    name: "Study",
    version: "1.0",
    browser_specific_settings: { gecko: { id: "study@example.com" } },
  };
  const xpi = await packXpi(join(folder, "addon"), { "manifest.json": JSON.stringify(manifest) });
  await writeFile(join(folder, "study.xpi"), xpi);
  await run("extension", "add", join(folder, "study.xpi"));
});
afterEach(async () => {
  await server.close();
  await place[Symbol.asyncDispose]();
});

describe("the manifest of Telemetry Experiments", () => {
  test("has the live add-on studies whose filters its conditions can say, and no others", async () => {
    expect(await manifest()).toEqual({ version: 1, experiments: [] });
    await publish("said", 'env.channel in ["esr"] && [env.userId, "said"]|stableSample(0.25)');
    await publish("unsaid", "env.isFirstRun");
    await publish("two", "true", [
      { slug: "control", ratio: 1, extensionApiId: null },
      { slug: "with", ratio: 1, extensionApiId: 1 },
    ]);
    const { experiments } = await manifest();
    expect(experiments).toEqual([
      {
        publish: true,
        priority: 1,
        name: "Shown said",
        description: "What it does.",
        info: "",
        manifest: {
          id: "study@example.com",
          xpiURL: expect.stringMatching(/^http:\/\/.*\/extensions\/[0-9a-f]{64}\.xpi$/u) as unknown,
          xpiHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/u) as unknown,
          startTime: expect.any(Number) as unknown,
          endTime: 4_102_444_800,
          maxActiveSeconds: expect.any(Number) as unknown,
          appName: ["Firefox"],
          channel: ["esr"],
          sample: 0.25,
          disabled: false,
          frozen: false,
        },
      },
    ]);
    await run("recipe", "disable", "said");
    expect(await manifest()).toEqual({ version: 1, experiments: [] });
  });

  test("loses what is stopped", async () => {
    await publish("said", "true");
    expect((await manifest()).experiments).toHaveLength(1);
    await run("kill", "add", "--addon", "study@example.com");
    expect((await manifest()).experiments).toEqual([]);
  });

  test("is imported as recipes, each with the add-on that it has here", async () => {
    const list = join(folder, "firefox-manifest.json");
    const out = join(folder, "recipes");
    const file = anExperimentFile();
    await writeFile(list, JSON.stringify({ version: 1, experiments: [file] }));
    const id = "flash-protectedmode-beta35@experiments.example";

    const refused = await mulberry(["import", list, "--out", out]);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout).toMatch(
      /^refused import\/extension-id: \S+#\/experiments\/0\/manifest\/id .*--extension flash\S+=ID$/mu,
    );
    const imported = await mulberry(["import", list, "--out", out, "--extension", `${id}=1`]);
    expect(imported).toMatchObject({ code: 0 });
    expect(imported.stdout).toMatch(
      /note {4}import\/dropped: \S+#\/experiments\/0\/manifest\/maxActiveSeconds /u,
    );
    const [name = ""] = await readdir(out);
    await run("recipe", "publish", join(out, name), "--approve");
    const { experiments } = await manifest();
    // What its author gave as conditions it says again; the time in a browser no filter counts.
    const { id: _id, maxActiveSeconds: _max, ...conditions } = file.manifest;
    expect(experiments).toMatchObject([{ manifest: conditions }]);
  });
});

async function manifest(): Promise<{ readonly experiments: readonly object[] }> {
  const answer = await fetch(`${server.url}/firefox-manifest.json`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { readonly experiments: readonly object[] };
}

async function run(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await mulberry([...args, "--data", data]);
  expect({ args, code, stderr: code === 0 ? "" : stderr }).toEqual({ args, code: 0, stderr: "" });
}

async function publish(
  slug: string,
  filter_expression: string,
  branches: readonly object[] = [{ slug: "with", ratio: 1, extensionApiId: 1 }],
): Promise<void> {
  const file = join(folder, `${slug}.json`);
  const said = { slug, userFacingName: `Shown ${slug}`, userFacingDescription: "What it does." };
  const args = { ...said, isEnrollmentPaused: false, branches };
  await writeFile(
    file,
    JSON.stringify({ name: slug, action: "addon-study", arguments: args, filter_expression }),
  );
  await run("recipe", "publish", file, "--approve");
}
