"use strict";

/* globals AppConstants, ChromeUtils, Ci, ExtensionAPI, Services */

// What the browser says about itself, by the names that filters use. Firefox keeps most of it in one
// module of its own for just this purpose, so the answers are the ones that its own filters get.

// All scripts of an extension's own APIs share one scope: the block keeps our names out of it.
{
  const lazy = {};
  ChromeUtils.defineESModuleGetters(lazy, {
    ClientEnvironmentBase: "resource://gre/modules/components-utils/ClientEnvironment.sys.mjs",
    ExtensionUtils: "resource://gre/modules/ExtensionUtils.sys.mjs",
    TelemetryController: "resource://gre/modules/TelemetryController.sys.mjs",
    UpdateUtils: "resource://gre/modules/UpdateUtils.sys.mjs",
    setTimeout: "resource://gre/modules/Timer.sys.mjs",
  });

  const READ_LIMIT_MS = 4_000;
  /** When the extension started, which it does after it was disabled or updated too: this script runs once for each. */
  const extensionStart = Date.now();

  const fromFirefox = [
    "addons",
    "attribution",
    "channel",
    "distribution",
    "doNotTrack",
    "formFactor",
    "isDefaultBrowser",
    "locale",
    "plugins",
    "searchEngine",
    "syncDesktopDevices",
    "syncMobileDevices",
    "syncSetup",
    "syncTotalDevices",
    "telemetry",
    "version",
  ];

  const readers = {
    ...Object.fromEntries(
      fromFirefox.map((name) => [name, () => lazy.ClientEnvironmentBase[name]]),
    ),
    region: () => lazy.ClientEnvironmentBase.country,
    // Its fields are getters: they are read here, because only plain data can be sent.
    os: () => ({ ...lazy.ClientEnvironmentBase.os }),
    liveTelemetry: () => ({ main: lazy.TelemetryController.getCurrentPingData() }),
    appinfo,
    extensionStart: () => extensionStart,
    extensionMemory,
    // When this browser process started: what tells one session from the next.
    sessionStart: () => Services.startup.getStartupInfo().process.getTime(),
  };

  /** The plain fields of nsIXULAppInfo, nsIPlatformInfo and nsIXULRuntime. */
  function appinfo() {
    const fields = {};
    const interfaces = [Ci.nsIXULAppInfo, Ci.nsIPlatformInfo, Ci.nsIXULRuntime];
    for (const face of interfaces) Services.appinfo.QueryInterface(face);
    for (const key in Services.appinfo) {
      let value;
      try {
        value = Services.appinfo[key];
      } catch {
        // Some fields exist on one operating system only and throw on the others: they are absent.
        continue;
      }
      if (["string", "number", "boolean"].includes(typeof value)) fields[key] = value;
    }
    return fields;
  }

  /** Of the process that extensions share, in bytes. */
  async function extensionMemory() {
    const { children } = await ChromeUtils.requestProcInfo();
    return children.find(({ type }) => type === "extension")?.memory;
  }

  async function read(name) {
    if (!Object.hasOwn(readers, name)) throw new lazy.ExtensionUtils.ExtensionError("fact/unknown");
    return (await readers[name]()) ?? null;
  }

  async function settle(name) {
    const late = new Promise((resolve) =>
      lazy.setTimeout(() => resolve({ error: "TimeoutError" }), READ_LIMIT_MS),
    );
    const answer = read(name).then(
      (value) => ({ value }),
      (error) => ({ error: String(error?.name ?? "Error").slice(0, 80) }),
    );
    return [name, await Promise.race([answer, late])];
  }

  function application() {
    const { appBuildID, name, platformVersion, vendor, version, XPCOMABI } = Services.appinfo;
    return {
      architecture: Services.sysinfo.get("arch"),
      buildId: appBuildID,
      name,
      version,
      displayVersion: AppConstants.MOZ_APP_VERSION_DISPLAY,
      vendor,
      platformVersion,
      xpcomAbi: XPCOMABI,
      channel: lazy.UpdateUtils.getUpdateChannel(false),
    };
  }

  this.mulberryFacts = class extends ExtensionAPI {
    getAPI() {
      return {
        mulberryFacts: {
          read,
          readAll: async (names) => Object.fromEntries(await Promise.all(names.map(settle))),
          application: async () => application(),
        },
      };
    }
  };
}
