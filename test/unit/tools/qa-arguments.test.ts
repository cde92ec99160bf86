import { describe, expect, test } from "vitest";
import { qaHelp, readQaArguments } from "#tools/qa-arguments.ts";
import { UsageError } from "#tools/start-arguments.ts";

describe("the command line of npm run qa", () => {
  test("takes Firefox and a server of its own unless told otherwise", () => {
    expect(readQaArguments([], {})).toMatchObject({
      browser: "firefox",
      url: undefined,
      config: { port: 8000, env: "development" },
    });
    expect(
      readQaArguments(["--browser", "chromium", "--port", "8123", "--data", "/tmp/x"], {
        MULBERRY_CHROMIUM: "/usr/bin/chromium",
        MULBERRY_ENV: "production",
      }),
    ).toMatchObject({
      browser: "chromium",
      config: { port: 8123, dataDir: "/tmp/x", env: "development" },
    });
  });

  test("takes the address of a server that runs, with or without a slash at its end", () => {
    expect(readQaArguments(["--url", "http://127.0.0.1:8000/"], {})).toMatchObject({
      url: "http://127.0.0.1:8000",
    });
  });

  test("asks for help, which names every option", () => {
    expect(readQaArguments(["-h"], {})).toBe("help");
    for (const option of ["--browser", "--port", "--data", "--url"])
      expect(qaHelp).toContain(option);
  });

  test.each([
    [["--browser", "lynx"], /^--browser takes firefox or chromium, not "lynx"$/u],
    [["--url", "http://127.0.0.1:8000", "--port", "1"], /^--port and --data are for a server/u],
    [["--port", "abc"], /^--port must be a port/u],
    [["now"], /^Unexpected argument 'now'$/u],
  ])("is wrong usage as %j", (args, sentence) => {
    const read = (): unknown => readQaArguments(args, {});
    expect(read).toThrow(UsageError);
    expect(read).toThrow(sentence);
  });
});
