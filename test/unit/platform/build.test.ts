import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { managedSchema, manifest } from "#extension/manifest.ts";
import { parseJournal } from "#extension/platform/preferences.ts";
import { buildExtension } from "#extension/vite.config.ts";

const serverUrl = "https://mulberry.example/service/";
const root = { payload: "pinned-payload", signatures: [{ protected: "p", signature: "s" }] };

describe("a build", { timeout: 60_000 }, () => {
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), "mulberry-build-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test.each([
    { browser: "firefox", release: false },
    { browser: "firefox", release: true },
    { browser: "chromium", release: false },
  ] as const)(
    "for $browser (release: $release) pins root and server; Firefox reads the half that runs need when one is due",
    async ({ browser, release }) => {
      const outDir = path.join(dir, `${browser}-${String(release)}`);

      const { backgroundBytes, laterBytes } = await buildExtension({
        browser,
        release,
        outDir,
        root,
        serverUrl,
        denied: ["pinned.denied.*"],
        graduated: ["grown-out"],
      });

      const code = await readFile(path.join(outDir, "background.js"), "utf8");
      expect(code).toContain("pinned-payload");
      expect(code).toContain("https://mulberry.example/service");
      expect(code).toContain("grown-out");
      expect(backgroundBytes).toBe(Buffer.byteLength(code));
      if (browser === "firefox") expect(backgroundBytes).toBeLessThan(120_000);
      // A service worker cannot load a part of itself later.
      expect(laterBytes > 50_000).toBe(browser === "firefox");
      expect(/\bimport\(/u.test(code)).toBe(browser === "firefox");
      const isPrivileged = browser === "firefox" && !release;
      const keys: unknown = JSON.parse(await readFile(path.join(outDir, "manifest.json"), "utf8"));
      expect(keys).toMatchObject({ manifest_version: 3, version: "0.1.0" });
      const api = readFile(path.join(outDir, "experiments/preferences/api.js"), "utf8");
      if (isPrivileged) expect(await api).toContain("mulberryPreferences");
      else await expect(api).rejects.toThrow("ENOENT");
      // What the browser cannot use is not there to be downloaded.
      expect(code.includes("mulberryPreferences")).toBe(isPrivileged);
      expect(code.includes("levelOfControl")).toBe(!isPrivileged);
      expect(code.includes("translationServiceEnabled")).toBe(browser === "chromium");
      expect(code.includes("webNotificationsDisabled")).toBe(release);
      expect(code).not.toContain("webextension-polyfill");
      const rules = readFile(path.join(outDir, "experiments/rules.js"), "utf8");
      if (isPrivileged) expect(await rules).toContain("pinned.denied.*");
      else await expect(rules).rejects.toThrow("ENOENT");
    },
  );
});

describe("the manifest", () => {
  test("asks for its own server and this machine, and for no other host", () => {
    expect(manifest("firefox", { version: "1.0", serverUrl })).toMatchObject({
      host_permissions: ["https://mulberry.example/*", "http://127.0.0.1/*", "http://localhost/*"],
    });
  });

  test("has privileged APIs only where they are to be had, and permission for settings elsewhere", () => {
    const options = { version: "1.0", serverUrl };
    expect(manifest("firefox", options)).toHaveProperty("experiment_apis");
    expect(manifest("firefox", options)).toMatchObject({
      permissions: ["alarms", "idle", "mozillaAddons", "storage"],
    });
    for (const target of ["firefox-release", "chromium"] as const)
      expect(manifest(target, options)).not.toHaveProperty("experiment_apis");
    expect(manifest("firefox-release", options)).toMatchObject({
      permissions: ["alarms", "browserSettings", "idle", "privacy", "storage"],
      browser_specific_settings: { gecko: { id: "mulberry@mulberry.example" } },
    });
    expect(manifest("chromium", options)).toMatchObject({
      permissions: ["alarms", "idle", "privacy", "storage"],
      storage: { managed_schema: "managed-schema.json" },
    });
  });

  test("lets a policy in Chromium set what docs/preferences.md names, and nothing else by name", async () => {
    const page = await readFile(
      path.join(import.meta.dirname, "../../../docs/preferences.md"),
      "utf8",
    );
    const named = [...page.matchAll(/^\| `(extensions\.mulberry\.[a-z_.]+)`/gmu)].map(
      ([, name]) => name,
    );
    const ours = ["last_run", "safe_mode", "trust_floor"].map(
      (name) => `extensions.mulberry.${name}`,
    );
    expect(Object.keys(managedSchema.properties).sort()).toEqual(
      named.filter((name) => name !== undefined && !ours.includes(name)).sort(),
    );
  });

  test("lists the page of studies once it is there", () => {
    const pages = ["pages/inspector.html", "pages/studies.html"];
    expect(manifest("firefox", { version: "1.0", serverUrl, pages })).toMatchObject({
      options_ui: { page: "pages/studies.html" },
    });
    expect(manifest("firefox", { version: "1.0", serverUrl })).not.toHaveProperty("options_ui");
  });
});

describe("undo records", () => {
  const sound = {
    v: 1,
    base: { default: true, user: null },
    claims: [{ owner: "study", slug: "s", branch: "default", value: false }],
  };

  test.each([
    "",
    "null",
    "[]",
    "{",
    JSON.stringify({ ...sound, v: 2 }),
    JSON.stringify({ ...sound, base: {} }),
    JSON.stringify({ ...sound, base: { default: [], user: null } }),
    JSON.stringify({ ...sound, claims: {} }),
    JSON.stringify({ ...sound, claims: [{ ...sound.claims[0], owner: "somebody" }] }),
  ])("that are damaged are left out, and the others kept: %s", (damaged) => {
    expect(parseJournal({ damaged, sound: JSON.stringify(sound) })).toEqual({ sound });
  });
});
