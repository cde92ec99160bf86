import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildProbe, launchProbe, type Probe } from "#kit/probe.ts";
import { promptsSuite } from "../contract/ports/prompts-suite.ts";

let dir: string;
let probe: Probe;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "mulberry-prompts-"));
  await buildProbe(dir);
  probe = await launchProbe(dir);
});
afterAll(async () => {
  await probe.firefox.close();
  await rm(dir, { recursive: true, force: true });
});

promptsSuite(async () => ({
  engine: {
    async open() {
      await probe.ask(`({ ports }) => ports.prompts.open()`);
    },
  },
  async shown() {
    return (await probe.firefox.pagesAt("pages/heartbeat.html")).length;
  },
}));

test("the page of a survey opens behind the tab in use", async () => {
  const selected = `() => gBrowser.selectedBrowser.currentURI.spec`;
  const before = await probe.firefox.runPrivileged(selected);
  await probe.ask(`({ ports }) => ports.prompts.open()`);
  expect(await probe.firefox.runPrivileged(selected)).toBe(before);
});
