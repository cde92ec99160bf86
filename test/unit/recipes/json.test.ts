import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecipeError } from "#recipes/errors.ts";
import { parseJson, readJson } from "#recipes/json.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { anyCharacter } from "#kit/texts.ts";

const roomy = { maxDepth: 200 };

describe("a JSON text", () => {
  test("gives what JSON.parse gives, however it is spaced", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: anyCharacter, maxDepth: 3 }),
        fc.constantFrom("", " ", "\t", "\n  "),
        (value, space) => {
          const text = JSON.stringify(value, null, space);
          fc.pre(!/"(?:__proto__|constructor|prototype)":/u.test(text));

          expect(parseJson(text, roomy)).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  test("is refused wherever JSON.parse refuses it, and never with another error", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('{}[],:"\\ tru0e1-')) }),
        (text) => {
          const reading = readJson(text, roomy);

          if (reading.ok) expect(reading.value).toEqual(JSON.parse(text));
          else if (reading.problem === "syntax")
            expect(() => void JSON.parse(text)).toThrow(SyntaxError);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test.each([
    { what: "a key that stands twice", text: '{"a":{"b":1,"c":2,"b":3}}', at: "/a/b" },
    { what: "a key that stands twice, once escaped", text: '[{"ab":1,"\\u0061b":2}]', at: "/0/ab" },
    { what: "__proto__", text: '[1,{"x":[{"__proto__":{}}]}]', at: "/1/x/0/__proto__" },
    { what: "__proto__ in escapes", text: '{"\\u005f_proto__":{}}', at: "/__proto__" },
    { what: "constructor", text: '{"constructor":{"prototype":{}}}', at: "/constructor" },
    { what: "prototype", text: '{"a/b":{"prototype":1}}', at: "/a~1b/prototype" },
    { what: "five levels where four are allowed", text: '{"a":[{"b":[[]]}]}', at: "/a/0/b/0" },
    { what: "garbage behind it", text: "{} x", at: "" },
    { what: "a byte order mark", text: "\uFEFF{}", at: "" },
    { what: "nothing", text: "", at: "" },
    { what: "an open string", text: '{"a', at: "/" },
  ])("with $what is refused at $at", ({ text, at }) => {
    expect(() => parseJson(text, { maxDepth: 4, code: "manifest/malformed" })).toThrow(
      expect.objectContaining({ name: "RecipeError", code: "manifest/malformed", at }),
    );
  });

  test("may use one key in several objects, and a forbidden name as a value", () => {
    const text = '[{"a":1},{"a":{"a":2}},"__proto__","constructor"]';

    expect(parseJson(text, roomy)).toEqual(JSON.parse(text));
  });

  test("counts keys over the whole text", () => {
    expect(readJson('[{"a":1},{"b":2}]', { maxDepth: 4, maxKeys: 2 }).ok).toBe(true);
    expect(readJson('[{"a":1},{"b":{"c":2}}]', { maxDepth: 4, maxKeys: 2 })).toMatchObject({
      problem: "too-many-keys",
      at: "/1/b/c",
    });
  });

  test("is refused for its depth before anything is built from it", () => {
    const text = "[".repeat(200_000);

    expect(readJson(text, { maxDepth: 16 })).toEqual({
      ok: false,
      problem: "too-deep",
      at: "/0".repeat(16),
      offset: 16,
    });
  });

  test("tells the place as an editor counts it", () => {
    const text = '{"a": 1,\n "b": 2\n "c": 3}';

    expect(() => parseJson(text)).toThrow("this is not JSON (line 3, column 2)");
    expect(() => parseJson('{"a":1,"a":2}')).toThrow("(line 1, column 8)");
  });

  test("changes no prototype, whatever its keys", () => {
    expect(() => parseJson('{"__proto__":{"polluted":true}}')).toThrow(RecipeError);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("bytes", () => {
  const reference = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  test("decode as the platform decodes them, and are refused as it refuses them", () => {
    const hard = fc.uint8Array({ maxLength: 12 });
    const soft = fc
      .string({ unit: anyCharacter, maxLength: 40 })
      .map((text) => new TextEncoder().encode(text));
    const nearly = fc.tuple(soft, fc.nat(), fc.nat(255)).map(([bytes, place, byte]) => {
      const copy = Uint8Array.from(bytes);
      if (copy.length > 0) copy[place % copy.length] = byte;
      return copy;
    });
    fc.assert(
      fc.property(fc.oneof(hard, soft, nearly), (bytes) => {
        expect(decodeUtf8(bytes)).toBe(decoded(bytes));
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ["an overlong slash", [0xc0, 0xaf]],
    ["an overlong NUL of three bytes", [0xe0, 0x80, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a point over U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a sequence that is cut off", [0xe2, 0x82]],
    ["a following byte alone", [0x80]],
  ])("that hold %s are no text", (_what, bytes) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined();
  });

  test("of a long text decode without reaching for the stack", () => {
    const text = "aä€😀".repeat(100_000);

    expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
  });

  function decoded(bytes: Uint8Array): string | undefined {
    try {
      return reference.decode(bytes);
    } catch {
      return undefined;
    }
  }
});
