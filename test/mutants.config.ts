import { defineConfig } from "vitest/config";

// What `npm run mutants` runs over each broken line: the tests that know the three files.

export default defineConfig({
  test: {
    include: ["test/unit/core/**/*.test.ts", "test/unit/recipes/sampling*.test.ts"],
    // Each broken line of trust.ts is tried on all of them.
    env: { MUTATIONS: "500" },
    testTimeout: 120_000,
  },
});
