import { defineConfig } from "vitest/config";

// What `npm run mutants` runs over each broken line: the tests that know the three files.

export default defineConfig({
  test: {
    include: ["test/unit/core/**/*.test.ts", "test/unit/recipes/sampling*.test.ts"],
    testTimeout: 120_000,
  },
});
