import { describe, expect, test, vi } from "vitest";
import { inBatches, openLog } from "#server/observe/log.ts";

describe("the log", () => {
  test("writes MozLog lines, and nothing in them that steers a terminal", () => {
    const lines: string[] = [];
    const log = openLog("mozlog", { write: (line) => lines.push(line) });
    log.warn("a.type", { path: "/\u009b31m\n", count: 2, none: null });
    expect(lines.join("")).toMatch(/^[\x20-\x7e]+\n$/u);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      Type: "a.type",
      Logger: "mulberry",
      EnvVersion: "2.0",
      Severity: 4,
      Pid: process.pid,
      Fields: { path: "/\u009b31m\n", count: 2, none: null },
    });
    expect(lines[0]).toMatch(/"Timestamp":\d{13}000000[,}]/u);
  });

  test("writes the lines of a moment together, in their order, and loses none that come later", async () => {
    const written: string[] = [];
    const target = inBatches({ write: (text) => written.push(text) });
    target.write("a\n");
    target.write("b\n");
    expect(written).toEqual([]);
    await vi.waitFor(() => {
      expect(written).toEqual(["a\nb\n"]);
    });
    target.write("c\n");
    await vi.waitFor(() => {
      expect(written).toEqual(["a\nb\n", "c\n"]);
    });
  });
});
