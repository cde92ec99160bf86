import { fileURLToPath } from "node:url";
import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { ambient, bannedImports, markupWriters, walls } from "./tools/walls.js";

// How the code is written (typescript-eslint's strictest set) and what may be named where (the
// tables in tools/walls.js). Which folder may import which stands in .dependency-cruiser.cjs.

const tests = ["test/**/*.ts"];
const experiments = ["extension/experiments/**/*.js"];
const plainScripts = [
  "extension/study-client/*.js",
  "test/fixtures/**/*.js",
  "server/console/**/*.js",
];

export default defineConfig(
  { ignores: ["node_modules/", "dist/", ".cache/", ".mulberry/", "coverage/", "**/generated/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },

  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        // One program for all: a third of the time that one for each tsconfig takes. Which names a
        // folder has is the business of `tsc -b`.
        project: "tsconfig.lint.json",
        tsconfigRootDir: fileURLToPath(new URL(".", import.meta.url)),
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // `(await x) ?? y` in a condition is clearer than a cast, and numbers in messages are plain.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // An argument that only keeps its place is spelt with a leading underscore.
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      // Declarations of the two engines of one port overlap on purpose: `async` without `await` is
      // how a memory engine keeps the promise that the durable one makes.
      "@typescript-eslint/require-await": "off",
      // There are no enums to assign (erasableSyntaxOnly), and the search for them is slow.
      "@typescript-eslint/no-unsafe-enum-assignment": "off",
      // The compiler's noPropertyAccessFromIndexSignature asks for the opposite spelling.
      "@typescript-eslint/dot-notation": "off",
    },
  },
  {
    rules: {
      "max-lines": ["error", { max: 300 }],
      eqeqeq: "error",
      "no-restricted-syntax": ["error", ...markupWriters],
      "no-restricted-imports": ["error", { paths: bannedImports("") }],
    },
  },

  // Names that a folder may not use, each with its reason; the tables are in tools/walls.js.
  ...walls,

  // A filter's `==` is JavaScript's: Normandy's recipes count on `"1" == 1`.
  { files: ["recipes/filter-operators.ts"], rules: { eqeqeq: "off" } },
  {
    files: tests,
    rules: {
      // A test hands a broken value to a parser, or a promise to `expect`, and that is its subject.
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    files: [
      "eslint.config.js",
      "web-ext-config.js",
      "tools/**/*.{js,mjs}",
      "**/*.cjs",
      "server/bin.mjs",
    ],
    languageOptions: { globals: ambient.node },
  },
  // Firefox runs experiments as plain scripts in its own process: its names are globals there.
  {
    files: experiments,
    languageOptions: { sourceType: "script", globals: ambient.firefox },
    rules: {
      // These files repeat the globals they use in a comment of their own, for other tools.
      "no-redeclare": ["error", { builtinGlobals: false }],
      // The browser finds the API by the name of a top-level variable.
      "no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
    },
  },
  { files: plainScripts, languageOptions: { globals: ambient.page } },
);
