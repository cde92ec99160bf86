import { describe, expect, test } from "vitest";
import { tokenTypes } from "#recipes/manifest.ts";
import { generateKey, publicPart } from "#server/publish/jose-signing.ts";
import { joseTokens } from "#server/publish/jose-verifying.ts";
import { parseOnlineKey, parsePublicKey } from "#server/publish/online-key.ts";

// An online key whose secret another program holds: a hardware module, a key service.

const key = generateKey();

/** `online.json` with a command: node, with a script that has the text to sign in `input`. */
function behind(script: string, shown = key): string {
  const prelude = `const { sign, createPrivateKey } = require("node:crypto");
    const input = require("node:fs").readFileSync(0);
    const key = createPrivateKey({ key: ${JSON.stringify(key)}, format: "jwk" });
    const signature = (text) => sign("sha384", text, { key, dsaEncoding: "ieee-p1363" }).toString("base64url");`;
  const command = [process.execPath, "-e", `${prelude}\n${script}`];
  return JSON.stringify({ command, public: publicPart(shown) });
}

describe("a command that signs", () => {
  test("makes a manifest that the public key verifies", async () => {
    const online = parseOnlineKey(behind(`console.log(signature(input))`));
    const token = await online.sign('{"v":1}');
    const checked = await joseTokens.verifyCompact(token, publicPart(key), tokenTypes.manifest);
    expect(new TextDecoder().decode(checked as Uint8Array)).toBe('{"v":1}');
  });

  test.each([
    ["signs something else", `console.log(signature("other"))`],
    ["prints DER", `console.log(sign("sha384", input, key).toString("base64url"))`],
    ["prints nothing", ``],
    ["prints words", `console.log("the module is locked")`],
  ])("that %s is caught before anything goes out", async (_what, script) => {
    await expect(parseOnlineKey(behind(script)).sign("{}")).rejects.toMatchObject({
      code: "keys/command-failed",
      message: expect.stringContaining("no signature by the public key") as unknown,
    });
  });

  test("that holds another key than it is said to is caught", async () => {
    const text = behind(`console.log(signature(input))`, generateKey());
    await expect(parseOnlineKey(text).sign("{}")).rejects.toMatchObject({
      code: "keys/command-failed",
    });
  });

  test("says in its own words why it failed", async () => {
    const text = behind(`console.error("no token in slot 1"); process.exitCode = 3`);
    await expect(parseOnlineKey(text).sign("{}")).rejects.toMatchObject({
      code: "keys/command-failed",
      message: expect.stringMatching(/failed with 3 \(no token in slot 1\)/u) as unknown,
    });
  });

  test("that talks without end is ended", async () => {
    const text = behind(`setInterval(() => process.stdout.write("x".repeat(9000)), 1)`);
    await expect(parseOnlineKey(text).sign("{}")).rejects.toMatchObject({
      code: "keys/command-failed",
      message: expect.stringContaining("was ended") as unknown,
    });
  });

  test("that is not there is named", async () => {
    const text = JSON.stringify({ command: ["no-such-signer"], public: publicPart(key) });
    await expect(parseOnlineKey(text).sign("{}")).rejects.toMatchObject({
      code: "keys/command-failed",
      message: expect.stringContaining("no-such-signer") as unknown,
    });
  });
});

test.each([
  ["no command", { command: [], public: publicPart(key) }],
  ["a secret beside the command", { command: ["x"], public: key }],
  ["both forms at once", { ...key, command: ["x"] }],
])("an online key with %s is refused", (_what, value) => {
  expect(() => parseOnlineKey(JSON.stringify(value))).toThrow(
    expect.objectContaining({ code: "keys/malformed" }),
  );
});

test("a public key that holds its secret is refused: it was not meant to be shown", () => {
  expect(() => parsePublicKey(JSON.stringify(key), "new.json")).toThrow(
    expect.objectContaining({ code: "keys/malformed" }),
  );
});
