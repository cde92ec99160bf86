import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { deeds } from "../../browser/conformance/deeds.ts";
import { wordings } from "../../browser/conformance/wordings.ts";

test("docs/conformance.md lists every declared difference with its reason, and no other", async () => {
  const text = await readFile(new URL("../../../docs/conformance.md", import.meta.url), "utf8");
  const rows = text.split("\n").flatMap((line) => {
    const [, id = "", why = ""] = /^\| (\S+) +\| (.+?) +\|$/u.exec(line) ?? [];
    return id === "" || /^-+$/u.test(id) || id === "difference" ? [] : [`${id}: ${why}`];
  });
  expect(rows).toEqual([...wordings, ...deeds].map(({ id, why }) => `${id}: ${why}`));
});
