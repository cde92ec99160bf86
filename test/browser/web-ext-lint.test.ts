import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import webExt from "web-ext";
import { buildExtension } from "#extension/vite.config.ts";
import options from "../../web-ext-config.js";

const root = { payload: "pinned-payload", signatures: [{ protected: "p", signature: "s" }] };

test(
  "the extension for Firefox has no errors in the eyes of Mozilla's own linter",
  {
    timeout: 120_000,
  },
  async () => {
    const sourceDir = await mkdtemp(path.join(tmpdir(), "mulberry-lint-"));
    try {
      await buildExtension({
        browser: "firefox",
        outDir: sourceDir,
        root,
        serverUrl: "https://mulberry.example",
      });
      const result: unknown = await webExt.cmd.lint(
        { ...options.lint, sourceDir, artifactsDir: sourceDir, output: "none" },
        { shouldExitProgram: false },
      );
      expect(result).toMatchObject({ summary: { errors: 0 } });
    } finally {
      await rm(sourceDir, { recursive: true, force: true });
    }
  },
);
