import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { preferenceTypeOf } from "#recipes/arguments.ts";
import {
  chromiumSettings,
  firefoxSettings,
  fromSetting,
  type Setting,
  type SettingTable,
  toSetting,
  valuesOf,
} from "#recipes/settings.ts";

const tables: Readonly<Record<string, SettingTable>> = {
  chromium: chromiumSettings,
  firefox: firefoxSettings,
};

describe.each(Object.entries(tables))("the settings of %s", (_browser, table) => {
  test.each(Object.entries(table))("%s: every value has a word of its own, and back", (_n, row) => {
    const values = valuesOf(row);
    const words = values.map((value) => toSetting(row, value));
    expect(values).toContain(row.builtIn);
    expect(new Set(values.map(preferenceTypeOf)).size).toBe(1);
    expect(new Set(words).size).toBe(values.length);
    expect(words).not.toContain(undefined);
    expect(words.map((word) => fromSetting(row, word))).toEqual(values);
  });

  test("stand for one name each, and in the order of the alphabet", () => {
    const places = Object.values(table).map(({ api }) => api);
    expect(new Set(places).size).toBe(places.length);
    expect(Object.keys(table)).toEqual(Object.keys(table).sort());
  });

  test("leave out what no recipe may change", () => {
    for (const { api } of Object.values(table))
      expect(api).not.toMatch(/proxy|safeBrowsing|tlsVersion|homepage|newTabPage/u);
  });
});

test("a preference has one type, whichever browser", () => {
  const firefox: SettingTable = firefoxSettings;
  for (const [name, { builtIn }] of Object.entries(chromiumSettings)) {
    const other = firefox[name];
    if (other !== undefined)
      expect(preferenceTypeOf(other.builtIn), name).toBe(preferenceTypeOf(builtIn));
  }
});

test("a value that no word says is told apart from all that one does", () => {
  const row = chromiumSettings["media.peerconnection.ice.default_address_only"];
  expect(toSetting(row, "default")).toBeUndefined();
  expect(fromSetting(row, "disable_non_proxied_udp")).toBe('setting:"disable_non_proxied_udp"');
  expect(fromSetting(chromiumSettings["browser.send_pings"], "on")).toBe('setting:"on"');
});

test("docs/settings.md lists what the tables say", async () => {
  const page = await readFile(path.join(import.meta.dirname, "../../../docs/settings.md"), "utf8");
  const rows = page
    .split("\n")
    .filter((line) => /^\| `[^`]*\.[^`]*` /u.test(line))
    .map((line) => line.replaceAll(/ *\| */gu, "|"));
  const names = [...new Set(Object.values(tables).flatMap((table) => Object.keys(table)))].sort();
  expect(rows).toEqual(
    names.map((name) =>
      [
        "",
        `\`${name}\``,
        cell(tables["firefox"]?.[name]),
        cell(tables["chromium"]?.[name]),
        "",
      ].join("|"),
    ),
  );
});

/** What the page says of one setting: its place, its values with the built-in one first, what else it does. */
function cell(row: Setting | undefined): string {
  if (row === undefined) return "–";
  const values = [row.builtIn, ...valuesOf(row).filter((value) => value !== row.builtIn)];
  const said = values.map((value) => {
    const word = toSetting(row, value);
    return word === value ? `\`${String(value)}\`` : `\`${String(value)}\` = \`${String(word)}\``;
  });
  const also = row.also === undefined ? "" : `; ${row.also}`;
  return `\`${row.api}\`: ${said.join(", ")}${also}`;
}
