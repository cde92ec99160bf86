import { defineConfig } from "vitest/config";

// One project per kind of test.

export default defineConfig({
  test: {
    maxWorkers: "100%",
    projects: [
      {
        // Units are pure and share nothing, so they may share a process: three times as fast.
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          pool: "threads",
          isolate: false,
          // A busy machine takes its time; no test is about how long something takes.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "flow",
          include: ["test/flow/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // The house runs compilers and linters over copies.
        test: {
          name: "house",
          include: ["test/house/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Real browsers: one file at a time, patiently.
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A busy machine takes its time; what never comes fails all the same.
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
