import { describe, expect, test } from "vitest";
import { attributes, isAttributeName, isTargetingName, targeting } from "#recipes/attributes.ts";

describe("the attributes that a filter may ask for", () => {
  test("are Normandy's, and the recipe being judged", () => {
    const normandys =
      "userId country request_time experiments studies rollouts isFirstRun distribution formFactor " +
      "telemetry liveTelemetry randomizationId version channel isDefaultBrowser searchEngine syncSetup " +
      "syncDesktopDevices syncMobileDevices syncTotalDevices addons plugins locale doNotTrack os " +
      "attribution appinfo";
    expect(Object.keys(attributes).sort()).toEqual([...normandys.split(" "), "recipe"].sort());
  });

  test("are in ctx those of Firefox's own targeting", () => {
    expect(Object.keys(targeting).sort()).toEqual(
      "channel locale localeLanguageCode os platform region userId version".split(" "),
    );
  });

  test("do not include what every object inherits", () => {
    expect(isAttributeName("constructor")).toBe(false);
    expect(isTargetingName("constructor")).toBe(false);
    expect(isAttributeName("locale")).toBe(true);
    expect(isTargetingName("country")).toBe(false);
  });
});
