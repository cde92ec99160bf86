import { describe, expect, test } from "vitest";
import { memory } from "#kit/scenario/memory.ts";
import { parseScenario } from "#kit/scenario/parse.ts";
import { playScenario } from "#kit/scenario/play.ts";
import { tellOutcome } from "#kit/scenario/tell.ts";

const file = `name: a rollout
browser: { built-in: { a.b: 1 } }
recipes:
  rollout:
    action: preference-rollout
    arguments: { preferences: { a.b: 2 } }
steps:
  - publish: [rollout]
  - run
`;
const told = async (text: string, engine = memory): Promise<string> =>
  tellOutcome("a.yaml", "memory", await playScenario(parseScenario(text), engine)).join("\n");

describe("a scenario", () => {
  test("that comes out as expected has passed, and looking at events takes them off the list", async () => {
    const once = "  - expect: { events: [{ enroll: rollout }], preferences: { a.b: 2 } }\n";
    expect(await told(`${file}${once}`)).toBe("passed   a.yaml in memory");
    expect(await told(`${file}${once}  - expect: { events: [] }\n`)).toBe(
      "passed   a.yaml in memory",
    );
    expect(await told(`${file}${once}${once}`)).toMatch(/^FAILED/u);
  });

  test("that fails shows the line, and expected and seen side by side", async () => {
    const text = `${file}  - expect:
      preferences: { a.b: 1 }
      events: [{ enroll: other }, { unenroll: rollout }]
      runner: success
`;
    expect(await told(text)).toBe(`FAILED   a.yaml in memory
  a.yaml:10
  preferences
    expected | seen
  ≠ a.b: 1   | a.b: 2
  events
    expected               | seen
  ≠ {"enroll":"other"}     | {"enroll":"rollout"}
  ≠ {"unenroll":"rollout"} | `);
  });

  test("whose step cannot be done says so and at which line", async () => {
    expect(await told(`${file}  - leave: nobody\n`)).toBe(`FAILED   a.yaml in memory
  a.yaml:10  leave: "nobody"
  could not be done: nothing runs that is called nobody`);
  });

  test("that needs what an engine lacks is left out, and the engine's reason is told", async () => {
    const engine = { ...memory, lacks: { pass: "time goes by as it does" } };
    expect(await told(`${file}  - wait: 8\n`, engine)).toBe(
      "skipped  a.yaml in memory: time goes by as it does",
    );
  });
});
