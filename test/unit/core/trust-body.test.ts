import { describe, expect, test } from "vitest";
import { parseJson } from "#recipes/json.ts";
import { mapVerified, verifyBody } from "#core/trust.ts";
import { headerOf, payloadText, shape, signedJson } from "#core/token.ts";
import { TrustError } from "#core/trust-error.ts";
import { base64url, publish } from "#kit/authority.ts";
import { aConsoleLog } from "#kit/recipes.ts";

describe("a body", () => {
  const recipe = aConsoleLog({ arguments: { message: "Grüße 🫐" } });
  const { entry, bytes } = publish({ recipe });
  const text = new TextDecoder().decode(bytes);

  test("is believed when it is the bytes that the entry names", () => {
    expect(verifyBody(entry, text)).toEqual({ text });
  });

  test("is refused when one character differs, or one more is there", () => {
    for (const other of [text.replace("Gr", "gr"), `${text} `, "", `\ufeff${text}`])
      expect(() => verifyBody(entry, other)).toThrow(
        expect.objectContaining({
          code: "body-mismatch",
          message: `the body of recipe ${String(entry.id)} is not the one that was signed`,
        }),
      );
  });

  test("is refused under an entry whose hash is no base64url", () => {
    expect(() => verifyBody({ ...entry, sha256: "?".repeat(43) }, text)).toThrow(
      expect.objectContaining({ code: "body-mismatch" }),
    );
  });

  test("stays verified as what it is parsed to", () => {
    expect(mapVerified(verifyBody(entry, text), ({ text: json }) => parseJson(json))).toEqual(
      recipe,
    );
  });
});

describe("the header of a token", () => {
  const header = (members: unknown) => `${base64url(JSON.stringify(members))}.x.x`;
  const usual = { alg: "ES384", typ: "t", kid: "k" };

  test("names the key when it is exactly alg, typ and kid", () => {
    expect(headerOf(header(usual), "t")).toEqual({ kid: "k" });
  });

  test.each([
    { what: "null", members: null },
    { what: "a text", members: "alg" },
    { what: "a list of three", members: ["ES384", "t", "k"] },
    { what: "without kid", members: { alg: "ES384", typ: "t" } },
    { what: "with another member in place of typ", members: { alg: "ES384", kid: "k", x: "t" } },
    { what: "with a fourth member", members: { ...usual, x: 1 } },
    { what: "of another algorithm", members: { ...usual, alg: "ES512" } },
    { what: "with a kid that is no text", members: { ...usual, kid: ["k"] } },
  ])("that is $what is refused", ({ what, members }) => {
    const code = what.includes("in place of typ") ? "wrong-type" : "malformed";
    expect(() => headerOf(header(members), "t")).toThrow(expect.objectContaining({ code }));
  });

  test("of another type is refused as such", () => {
    expect(() => headerOf(header(usual), "u")).toThrow(
      expect.objectContaining({ code: "wrong-type" }),
    );
  });

  test.each(["", ".x.x", "{}.x.x", `${base64url("{")}.x.x`])("of %j is malformed", (token) => {
    expect(() => headerOf(token, "t")).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("with a key twice is malformed: two readers could read two kids", () => {
    const twice = base64url('{"alg":"ES384","typ":"t","kid":"a","kid":"b"}');
    expect(() => headerOf(`${twice}.x.x`, "t")).toThrow(
      expect.objectContaining({ code: "malformed" }),
    );
  });
});

describe("a segment", () => {
  test("is the text of its bytes", () => {
    expect(payloadText(base64url("blaubeere 🫐"))).toBe("blaubeere 🫐");
  });

  test.each([
    { what: "a character of another alphabet", segment: "ab+/" },
    { what: "padding", segment: "YQ==" },
    { what: "white space", segment: "YWJj " },
    { what: "bytes that are no UTF-8", segment: base64url(Uint8Array.of(0xff)) },
    { what: "a surrogate in three bytes", segment: base64url(Uint8Array.of(0xed, 0xa0, 0x80)) },
  ])("with $what is malformed", ({ segment }) => {
    expect(() => payloadText(segment)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("nests 16 deep and no deeper", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(signedJson(nested(16))).toBeDefined();
    expect(() => signedJson(nested(17))).toThrow(
      expect.objectContaining({ code: "manifest/malformed" }),
    );
  });
});

describe("a parser of the wire", () => {
  test("gives what it read", () => {
    expect(shape(() => 7)).toBe(7);
  });

  test("has one refusal, which remembers its cause", () => {
    const cause = new Error("not that");
    const failing = () =>
      shape(() => {
        throw cause;
      });
    expect(failing).toThrow(expect.objectContaining({ code: "malformed", cause }));
  });

  test("passes on a refusal that has its own code", () => {
    const refusal = new TrustError("scope", "no");
    expect(() =>
      shape(() => {
        throw refusal;
      }),
    ).toThrow(refusal);
  });
});
