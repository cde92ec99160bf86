import { describe, expect, test } from "vitest";
import { parseDenyFile } from "#server/authoring/deny-file.ts";

describe("a file of denied preferences", () => {
  test("holds a name or a prefix a line, with comments for people", () => {
    const text = "# ours\nsignon.*\r\n\n  browser.startup.homepage  # the intranet\nsignon.*\n";
    expect(parseDenyFile(text, "deny.txt")).toEqual(["signon.*", "browser.startup.homepage"]);
  });

  test("may say nothing", () => {
    expect(parseDenyFile("", "deny.txt")).toEqual([]);
  });

  test.each(["*", "signon*", "two names", "b\u0159owser.*"])(
    "is refused with the line's number for %j",
    (line) => {
      expect(() => parseDenyFile(`signon.*\n${line}\n`, "deny.txt")).toThrow(
        expect.objectContaining({
          code: "extension/deny-malformed",
          message: expect.stringContaining("deny.txt, line 2") as string,
        }),
      );
    },
  );
});
