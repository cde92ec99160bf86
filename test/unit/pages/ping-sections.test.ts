import { describe, expect, test } from "vitest";
import { search } from "#extension/pages/ping-search.ts";
import { type Section, type SectionName, sectionsOf } from "#extension/pages/ping-sections.ts";
import { aDeletionRequest, aHeartbeatPing, aMainPing, aPing } from "#kit/pings.ts";

const read = (ping: unknown): readonly Section[] => sectionsOf(JSON.stringify(ping), String);

const names = (sections: readonly Section[]): readonly SectionName[] =>
  sections.map(({ name }) => name);

/** The rows of one part, each as one text. */
function rows(sections: readonly Section[], name: SectionName): readonly string[] {
  const found = sections.find((section) => section.name === name);
  return found?.form === "table" ? found.rows.map(({ cells }) => cells.join(" | ")) : [];
}

describe("the parts of a ping", () => {
  test("are of a main ping all that is measured, in the order of the page", () => {
    const sections = read(
      aMainPing({ log: [["TELEMETRY_SEND_FAILURE", 12, "errorhandler", "timeout"]] }),
    );
    expect(names(sections)).toEqual([
      "general",
      "histograms",
      "keyed_histograms",
      "scalars",
      "keyed_scalars",
      "log",
      "environment",
      "raw",
    ]);
    expect(rows(sections, "scalars")).toEqual([
      "mulberry.usage.active_spans | 12",
      "study.feature.presses (dynamic) | 3",
    ]);
    expect(rows(sections, "keyed_scalars")).toEqual([
      "telemetry.accumulate_clamped_values | MULBERRY_RUN_MS | 1",
      "study.feature.presses_by_place (dynamic) | toolbar | 3",
    ]);
    expect(rows(sections, "log")).toEqual(["TELEMETRY_SEND_FAILURE | 12 | errorhandler | timeout"]);
    expect(rows(sections, "general")).toContain("payload/info/reason | daily");
    expect(rows(sections, "general")).not.toContainEqual(expect.stringContaining("histogram"));
    expect(rows(sections, "environment")).toContain("environment/settings/locale | en-US");
  });

  test("are of an event ping its events and what is beside them, whichever process they are of", () => {
    const sections = read(
      aPing({ payload: { events: { dynamic: [[5, "a", "b", "c", null, null]] } } }),
    );
    expect(names(sections)).toEqual(["general", "keyed_scalars", "events", "environment", "raw"]);
    expect(rows(sections, "events")).toEqual(["5 | a (dynamic) b c |  | "]);
    expect(rows(sections, "keyed_scalars")).toEqual(["normandy.recipe_freshness | 1 | 1795000000"]);
    expect(rows(read(aPing()), "events")[0]).toBe(
      "1200 | normandy enroll preference_study | tab-study | experimentType: exp, branch: treatment, enrollmentId: 4dd8d08e-9f3a-4a52-8a4e-9b1c6e8d4e04",
    );
  });

  test("tell everything of a ping of any other type, and all of it to the letter", () => {
    const odd = { type: "odd-one", payload: { deep: { list: [1, { a: null }], none: null } } };
    const sections = read(odd);
    expect(rows(sections, "general")).toEqual([
      "type | odd-one",
      'payload/deep/list | [1,{"a":null}]',
      "payload/deep/none | null",
    ]);
    expect(names(sections)).toEqual(["general", "raw"]);
    const letter = sections.at(-1);
    expect(letter?.form === "letter" ? JSON.parse(letter.text) : undefined).toEqual(odd);
    expect(rows(read(aHeartbeatPing()), "general")).toContain("payload/score | 4");
  });

  test("say of each field what the data dictionary says, whatever stands in the place of a slug", () => {
    const environment = read(aPing()).find(({ name }) => name === "environment");
    const docs = environment?.form === "table" ? environment.rows : [];
    expect(
      docs.find(({ cells: [place] }) => place === "environment/experiments/tab-study/branch"),
    ).toMatchObject({
      doc: "Branch of a running study, active for a rollout; the key is the slug.",
    });
  });

  test("leave out the environment of a ping that says none", () => {
    expect(names(read(aDeletionRequest()))).toEqual(["general", "raw"]);
  });

  test("are the text alone where it is no ping", () => {
    expect(sectionsOf("{", String)).toEqual([{ form: "letter", name: "raw", text: "{" }]);
    expect(names(sectionsOf("[]", String))).toEqual(["raw"]);
  });
});

describe("a search in a ping", () => {
  const sections = read(aMainPing());

  test("finds rows and histograms by every word, in names, keys, values and what they mean", () => {
    const found = search(sections, "  ADD-ON  refuse ");
    expect(names(found.sections)).toEqual(["keyed_histograms"]);
    expect(found.hits).toBe(1);
    expect(search(sections, "active_spans 12").hits).toBe(1);
    expect(search(sections, "32–").hits).toBe(0);
    expect(search(sections, "daily")).toMatchObject({ hits: 1, sections: [{ name: "general" }] });
  });

  test("finds everything while there is nothing to search for, and nothing where nothing is", () => {
    expect(search(sections, " ").sections).toEqual(sections);
    expect(search(sections, "no such thing")).toEqual({ sections: [], hits: 0 });
  });
});
