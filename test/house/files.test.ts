import { actionNames } from "#recipes/arguments.ts";
import { describe, expect, test } from "vitest";
import { sources } from "./repository.ts";

const files = await sources();
const paths = new Set(files.map((file) => file.path));
const code = files.filter((file) => /\.(?:ts|js|mjs|cjs)$/u.test(file.path));

/** `path:line` of every place where a pattern matches. */
function places(pattern: RegExp, where: typeof files = files): readonly string[] {
  return where.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${String(index + 1)}`] : [])),
  );
}

describe("the files of the house", () => {
  test("are found at all", () => {
    expect(paths).toContain("package.json");
    expect(code.length).toBeGreaterThan(50);
  });

  test("have at most 300 lines each", () => {
    const long = code.flatMap(({ path, text }) => {
      const lines = text.trimEnd().split("\n").length;
      return lines > 300 ? [`${path}: ${String(lines)} lines`] : [];
    });
    expect(long).toEqual([]);
  });

  // The patterns are spelt with brackets so that this file does not match itself.
  test("name no folder of one machine and no package registry", () => {
    expect(places(/(?<![\w.}])\/wor[k]\//u)).toEqual([]);
    // Not the address of a signed root, `/v2/root/1.json`.
    expect(places(/(?<![\w.}])\/roo[t]\/[a-z.]/u)).toEqual([]);
    expect(places(/\bregistr[y]\.[a-z]/u)).toEqual([]);
  });

  test("promise nothing for later", () => {
    expect(places(/\b(?:TOD[O]|FIXM[E]|XX[X])\b/u)).toEqual([]);
  });

  test("never turn text into markup", () => {
    const walls = new Set(["tools/walls.js", "test/house/walls.test.ts"]);
    const guarded = code.filter(({ path }) => !walls.has(path));
    expect(places(/\b(?:inner|outer)HTM[L]\b|insertAdjacentHTM[L]/u, guarded)).toEqual([]);
  });

  test("are named in kebab-case", () => {
    const odd = code.filter(({ path }) => !/^(?:[a-z0-9.-]+\/)*[a-z0-9.-]+$/u.test(path));
    expect(odd.map(({ path }) => path)).toEqual([]);
  });
});

test("the study add-on of the fixtures has our client for study add-ons, to the letter", () => {
  const copies = files.filter(({ path }) => path.endsWith("/mulberry-study.js"));
  expect(copies.map(({ path }) => path)).toContain("extension/study-client/mulberry-study.js");
  expect(copies).toHaveLength(2);
  expect(copies[0]?.text).toBe(copies[1]?.text);
});

describe("every action", () => {
  test.each(actionNames.map((name) => ({ name })))("$name has a file of its own", ({ name }) => {
    expect(paths).toContain(`extension/actions/${name}.ts`);
  });

  test.each(actionNames.map((name) => ({ name })))("$name has a unit test", ({ name }) => {
    const unitTests = [...paths].filter(
      (path) =>
        path.startsWith("test/unit/") &&
        path.includes(`actions/${name}`) &&
        path.endsWith(".test.ts"),
    );
    expect(unitTests).not.toEqual([]);
  });
});
