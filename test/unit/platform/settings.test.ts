import { describe, expect, test } from "vitest";
import { parseSettings, serverUrlOf } from "#extension/platform/settings.ts";

const builtIn = "https://mulberry.example";

describe("settings", () => {
  test("have the defaults of the contract where nothing is set", () => {
    expect(parseSettings({}, builtIn)).toEqual({
      serverUrl: builtIn,
      enabled: true,
      studiesEnabled: true,
      rolloutsEnabled: true,
      telemetryEnabled: true,
      extendedTelemetryEnabled: false,
      administered: [],
      runIntervalSeconds: 21_600,
      staleRollouts: "keep",
      runNow: 0,
      loggingLevel: 50,
      devMode: false,
      userId: "",
      forcedBranches: {},
      clockDays: 0,
    });
  });

  test("of the wrong type count as unset", () => {
    const raw = {
      enabled: "false",
      run_interval_seconds: "10",
      "logging.level": true,
      dev_mode: 1,
      user_id: 5,
    };
    expect(parseSettings(raw, builtIn)).toEqual(parseSettings({}, builtIn));
  });

  test.each([0, -5, 1.5])("never run every %d seconds", (run_interval_seconds) => {
    expect(parseSettings({ run_interval_seconds }, builtIn).runIntervalSeconds).toBe(21_600);
  });

  test("force branches in dev mode only", () => {
    const raw = { "force_branch.a-study": "control", "force_branch.b": "", "force_branch.c": 3 };
    expect(parseSettings(raw, builtIn).forcedBranches).toEqual({});
    expect(parseSettings({ ...raw, dev_mode: true }, builtIn).forcedBranches).toEqual({
      "a-study": "control",
    });
  });

  test("tell which of the person's switches an administrator holds, and of nothing else", () => {
    const held = (administered: unknown) => parseSettings({ administered }, builtIn).administered;
    expect(held(["server_url", "telemetry_enabled", "studies_enabled"])).toEqual([
      "studies_enabled",
      "telemetry_enabled",
    ]);
    expect(held("studies_enabled")).toEqual([]);
  });

  test("name no server when what is set may not be used, rather than the built-in one", () => {
    expect(parseSettings({ server_url: "http://example.org" }, builtIn).serverUrl).toBeUndefined();
  });
});

describe("a server's address", () => {
  test.each([
    ["https://example.org/", "https://example.org"],
    ["https://example.org/mulberry//", "https://example.org/mulberry"],
    ["https://example.org:8443/a", "https://example.org:8443/a"],
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000"],
    ["http://localhost:8000/x/", "http://localhost:8000/x"],
  ])("%s is used as %s", (given, used) => {
    expect(serverUrlOf(given)).toBe(used);
  });

  test.each([
    "http://example.org",
    "http://127.0.0.1.example.org",
    "http://localhost.example.org",
    "https://name:secret@example.org",
    "https://example.org/?q",
    "https://example.org/#x",
    "file:///etc/passwd",
    "data:,x",
    "example.org",
    "",
    5,
    undefined,
  ])("%s is refused", (given) => {
    expect(serverUrlOf(given)).toBeUndefined();
  });
});
