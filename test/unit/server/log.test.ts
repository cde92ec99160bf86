import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "#kit/server.ts";
import { descriptorTarget } from "#server/observe/descriptor-target.ts";
import { inBatches, openLog } from "#server/observe/log.ts";
import { ToldBefore } from "#server/observe/told-before.ts";

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

  test("says the same fields again under each type and severity", () => {
    const lines: unknown[] = [];
    const log = openLog("mozlog", { write: (line) => lines.push(JSON.parse(line)) });
    const fields = new ToldBefore().fields("GET", "/v2/bundle.json", 200, 0);
    log.info("one", fields);
    log.error("one", fields);
    log.info("other", fields);
    log.info("one", fields);
    expect(lines).toMatchObject([
      { Type: "one", Severity: 6, Fields: fields },
      { Type: "one", Severity: 3, Fields: fields },
      { Type: "other", Severity: 6, Fields: fields },
      { Type: "one", Severity: 6, Fields: fields },
    ]);
  });

  test("tells apart the lines of what is answered often, however many there are", () => {
    const told = new ToldBefore();
    const first = told.fields("GET", "/v2/bundle.json", 200, 0);
    expect(first).toEqual({ method: "GET", path: "/v2/bundle.json", code: 200, ms: 0 });
    expect(told.fields("HEAD", "/v2/bundle.json", 200, 0)).toMatchObject({ method: "HEAD" });
    expect(told.fields("GET", "/v2/bundle.json", 304, 0)).toMatchObject({ code: 304 });
    expect(told.fields("GET", "/v2/bundle.json", 200, 7)).toMatchObject({ code: 200, ms: 7 });
    expect(told.fields("GET", "/v2/bundle.json", 200, 0)).toBe(first);
    for (let version = 0; version < 3_000; version += 1)
      expect(told.fields("GET", `/v2/root/${String(version)}.json`, 404, 0)).toMatchObject({
        path: `/v2/root/${String(version)}.json`,
      });
    // It does not grow with what a stranger asks for.
    expect(told.fields("GET", "/v2/bundle.json", 200, 0)).not.toBe(first);
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

  test("counts a line that comes again, and writes it as often, in its place", async () => {
    const written: string[] = [];
    const target = inBatches({ write: (text) => written.push(text) });
    for (const line of ["a\n", "a\n", "b\n", "a\n", "a\n"]) target.write(line);
    await vi.waitFor(() => {
      expect(written).toEqual(["a\na\nb\na\na\n"]);
    });
  });

  test("lets no more wait than a crash may take along", () => {
    const written: string[] = [];
    const target = inBatches({ write: (text) => written.push(text) });
    const line = `${"x".repeat(999)}\n`;
    for (let count = 0; count < 1_100; count += 1) target.write(line);
    expect(written).toEqual([line.repeat(1_049)]);
  });

  test("says in each millisecond what time it is", () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const lines: string[] = [];
    const log = openLog("mozlog", { write: (line) => lines.push(line) });
    const fields = { path: "/" };
    log.info("one", fields);
    log.info("one", fields);
    vi.setSystemTime(1_700_000_000_001);
    log.info("one", fields);
    expect(lines.map((line) => /"Timestamp":(\d+)/u.exec(line)?.[1])).toEqual([
      "1700000000000000000",
      "1700000000000000000",
      "1700000000001000000",
    ]);
  });

  test("writes the whole of a text to a file, however long it is and whatever letters it has", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "log");
    const fd = openSync(file, "a");
    onTestFinished(() => {
      closeSync(fd);
    });
    const target = descriptorTarget(fd, {
      write: () => {
        throw new Error("a file needs no stream");
      },
    });
    const text = `${"äx€😀".repeat(30_000)}\n`;
    target.write(text);
    target.write("the next\n");
    expect(await readFile(file, "utf8")).toBe(`${text}the next\n`);
  });
});
