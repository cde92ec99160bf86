"use strict";

/* globals ChromeUtils, Cu, IOUtils, PathUtils, Services */

// One preference on either branch: how it is read, written and saved. api.js loads this file into a
// scope of its own.

this.mulberryBranches = (() => {
  const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
  const { ExtensionError } = ChromeUtils.importESModule(
    "resource://gre/modules/ExtensionUtils.sys.mjs",
  ).ExtensionUtils;

  /** Counts saves, so that the file itself tells which one it holds. */
  const SAVE_COUNT = "extensions.mulberry.save_count";
  const SAVED = /^user_pref\("extensions\.mulberry\.save_count", (\d+)\);$/m;
  /** Anybody's preference may hold what is no UTF-8. */
  const latin1 = new (Cu.getGlobalForObject(Services).TextDecoder)("latin1");
  const SAVE_LIMIT_MS = 10_000;

  const prefs = Services.prefs;
  const defaults = Services.prefs.getDefaultBranch("");

  const types = new Map([
    [prefs.PREF_BOOL, { name: "boolean", get: (branch, name) => branch.getBoolPref(name) }],
    [prefs.PREF_INT, { name: "integer", get: (branch, name) => branch.getIntPref(name) }],
    [prefs.PREF_STRING, { name: "string", get: (branch, name) => branch.getStringPref(name) }],
  ]);

  function readOne(name) {
    const type = types.get(prefs.getPrefType(name));
    return {
      type: type?.name ?? null,
      user: type && prefs.prefHasUserValue(name) ? type.get(prefs, name) : null,
      default: type && prefs.prefHasDefaultValue(name) ? type.get(defaults, name) : null,
      locked: prefs.prefIsLocked(name),
    };
  }

  const valueOf = (name) => types.get(prefs.getPrefType(name))?.get(prefs, name);

  function put(branch, name, value) {
    if (typeof value === "boolean") branch.setBoolPref(name, value);
    else if (typeof value === "string") branch.setStringPref(name, value);
    else if (Number.isInteger(value) && value === (value | 0)) branch.setIntPref(name, value);
    else throw new ExtensionError("preference/bad-value");
  }

  function putUser(name, value) {
    if (value === null) prefs.clearUserPref(name);
    else put(prefs, name, value);
  }

  /** A default can only be taken away together with the user's value, which is put back. */
  function putDefault(name, value) {
    if (value !== null) return put(defaults, name, value);
    if (!prefs.prefHasDefaultValue(name) || prefs.getChildList(`${name}.`).length > 0) return;
    const { user } = readOne(name);
    defaults.deleteBranch(name);
    if (user !== null) put(prefs, name, user);
  }

  /**
   * Saves and waits until the file on disk holds this save or a later one. savePrefFile writes
   * temporary file and rename on another thread and tells nobody when it is done.
   */
  async function save() {
    const count = (prefs.getIntPref(SAVE_COUNT, 0) % 1_000_000_000) + 1;
    prefs.setIntPref(SAVE_COUNT, count);
    prefs.savePrefFile(null);
    const path = PathUtils.join(PathUtils.profileDir, "prefs.js");
    // Each wait is half as long again as the one before: the last is a third of all of them.
    for (let stepMs = 5; stepMs < SAVE_LIMIT_MS / 3; stepMs *= 1.5) {
      const bytes = await IOUtils.read(path).catch(() => new Uint8Array());
      const saved = SAVED.exec(latin1.decode(bytes));
      if (saved && Number(saved[1]) >= count) return;
      await new Promise((resolve) => setTimeout(resolve, stepMs));
    }
    throw new ExtensionError("preference/not-saved");
  }

  return { put, putDefault, putUser, readOne, save, valueOf };
})();
