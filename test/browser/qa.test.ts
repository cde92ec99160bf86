import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { describe, expect, test } from "vitest";
import * as v from "valibot";
import { temporaryFolder, untilPrinted } from "#kit/server.ts";

// `npm run qa` as QA uses it: a browser of either kind comes up in dev mode, and all ends at Ctrl-C.

const script = path.join(import.meta.dirname, "../../tools/qa.ts");
const events = v.array(v.looseObject({ value: v.string(), extra: v.looseObject({}) }));

function start(...args: readonly string[]): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("MULBERRY_"));
  const { FIREFOX_BINARY: firefox, CHROMIUM_BINARY: chromium } = process.env;
  return spawn(process.execPath, [script, ...args], {
    env: {
      ...Object.fromEntries(inherited),
      ...(firefox === undefined ? {} : { MULBERRY_FIREFOX: firefox }),
      ...(chromium === undefined ? {} : { MULBERRY_CHROMIUM: chromium }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

describe("npm run qa", { timeout: 300_000 }, () => {
  test.each(["firefox", "chromium"])(
    "brings up %s, which reports a run to the server, and ends with it",
    async (browser) => {
      await using folder = await temporaryFolder();
      const child = start("--browser", browser, "--port", "0", "--data", folder.path);
      const ended = once(child, "close");
      const url = untilPrinted(child, /^server +(http:\S+)$/mu);
      const ready = untilPrinted(child, /Ctrl-C ends all of it/u);
      const serverUrl = (await url)[1] ?? "";
      await ready;
      await expect
        .poll(async () => {
          const answer = await fetch(`${serverUrl}/api/v1/events/`);
          return v
            .parse(events, await answer.json())
            .map(({ value, extra }) => [value, extra["source"]]);
        })
        .toContainEqual(["success", "normandy/runner"]);
      const told = untilPrinted(child, /^Ending …$/mu);
      child.kill("SIGINT");
      await told;
      expect(await ended).toEqual([0, null]);
      await expect(fetch(serverUrl)).rejects.toThrow();
    },
  );

  test("says so where no server is at the address", async () => {
    const child = start("--url", "http://127.0.0.1:9");
    const refused = untilPrinted(
      child,
      /^setup\/no-server: http:\/\/127\.0\.0\.1:9\/v2\/root\/1/mu,
    );
    const ended = once(child, "close");
    await refused;
    expect(await ended).toEqual([1, null]);
  });
});
