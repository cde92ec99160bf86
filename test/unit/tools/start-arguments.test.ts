import { describe, expect, test } from "vitest";
import { readStartArguments, startHelp, UsageError } from "#tools/start-arguments.ts";

describe("the command line of npm start", () => {
  test("says where and how long, before the environment does", () => {
    expect(
      readStartArguments(["--once", "--port", "8123", "--data", "/tmp/x"], {
        MULBERRY_PORT: "1",
        MULBERRY_FIREFOX: "/usr/bin/firefox",
        MULBERRY_ENV: "production",
      }),
    ).toMatchObject({
      once: true,
      config: { port: 8123, dataDir: "/tmp/x", env: "development" },
    });
    expect(readStartArguments([], {})).toMatchObject({ once: false, config: { port: 8000 } });
  });

  test.each([["--help"], ["-h"]])("asks for help with %s", (flag) => {
    expect(readStartArguments([flag, "--once"], {})).toBe("help");
    for (const option of ["--once", "--port", "--data", "Enter"])
      expect(startHelp).toContain(option);
  });

  test.each([
    [["--frob"], /^Unknown option '--frob'$/u],
    [["now"], /^Unexpected argument 'now'$/u],
    [["--port"], /^Option '--port <value>' argument missing$/u],
    [["--port", "abc"], /^--port must be a port from 0 to 65535, not "abc"$/u],
    [["--port", "70000"], /^--port must be/u],
  ])("is wrong usage as %j", (args, sentence) => {
    const read = (): unknown => readStartArguments(args, {});
    expect(read).toThrow(UsageError);
    expect(read).toThrow(sentence);
  });

  test("leaves a wrong environment to the server's own words", () => {
    expect(() => readStartArguments([], { MULBERRY_PORT: "abc" })).toThrow(
      expect.objectContaining({ code: "config/invalid" }),
    );
  });
});
