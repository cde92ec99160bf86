"use strict";

/* globals ChromeUtils, ExtensionAPIPersistent, ExtensionCommon, Services */

// The privileged side of preferences and their undo records. What to change extension/core decides.

// All scripts of an extension's own APIs share one scope: the block keeps our names out of it.
{
  const { AddonManager } = ChromeUtils.importESModule(
    "resource://gre/modules/AddonManager.sys.mjs",
  );
  const { ExtensionError } = ChromeUtils.importESModule(
    "resource://gre/modules/ExtensionUtils.sys.mjs",
  ).ExtensionUtils;

  const SETTINGS = "extensions.mulberry.";
  const JOURNAL = "extensions.mulberry.journal.";
  /** Settings that we write ourselves; nobody is told of a change. */
  const OURS = new Set(["user_id", "last_run", "safe_mode", "save_count", "trust_floor"]);
  const POLICIES_APPLIED = "EnterprisePolicies:AllPoliciesApplied";

  const prefs = Services.prefs;
  const defaults = Services.prefs.getDefaultBranch("");

  /** What the other scripts and extension/privileged.ts export, once there is an extension to load them from. */
  let put, putDefault, putUser, readOne, save, valueOf;
  let branches, SafeMode;
  let rules;

  function load({ rootURI }) {
    // As Firefox itself loads this very script: it comes from the extension's package.
    const options = { target: {}, allowUnsafeURL: true };
    for (const path of ["preferences/branches.js", "preferences/safe-mode.js", "rules.js"])
      Services.scriptloader.loadSubScriptWithOptions(
        rootURI.resolve(`experiments/${path}`),
        options,
      );
    branches = options.target.mulberryBranches;
    ({ put, putDefault, putUser, readOne, save, valueOf } = branches);
    rules = options.target.mulberryRules;
    SafeMode = options.target.mulberrySafeMode;
  }

  /** Whether enterprise policy (`DisableFirefoxStudies`) lets studies be run. */
  const mayStudy = () => Services.policies?.isAllowed("Shield") !== false;

  /** Every setting that holds a value, and under `administered` the names of those that are locked. */
  function readSettings() {
    const names = prefs
      .getChildList(SETTINGS)
      .filter((name) => !name.startsWith(JOURNAL))
      .map((name) => name.slice(SETTINGS.length));
    const settings = Object.fromEntries(names.map((name) => [name, valueOf(SETTINGS + name)]));
    const administered = names.filter((name) => prefs.prefIsLocked(SETTINGS + name));
    if (mayStudy()) return { ...settings, administered };
    // The policy is a lock on the person's switch.
    administered.push("studies_enabled");
    return { ...settings, studies_enabled: false, administered };
  }

  function journalNames() {
    return prefs.getChildList(JOURNAL).map((key) => key.slice(JOURNAL.length));
  }

  /** Name and JSON text. Somebody may have put something else there: it is no JSON then. */
  const textOf = (name) => [name, String(readOne(JOURNAL + name).user)];

  /** The undo record, or null when it is damaged. */
  const recordOf = (name) => rules.readRecord(textOf(name)[1]);

  const stateOf = (name) => ({ ...readOne(name), ...(rules.isDenied(name) && { denied: true }) });

  /** Puts back what was there before the first claim, and drops the record. A person's own value stays. */
  function undo(name, entry) {
    // A lock hides what the person's branch holds; it is lifted for no longer than it takes to look.
    const { locked } = readOne(name);
    if (locked) prefs.unlockPref(name);
    const { user } = readOne(name);
    if (locked) prefs.lockPref(name);
    const onUser = rules.topClaim(entry, "user");
    const onDefault = rules.topClaim(entry, "default");
    if (onDefault) putDefault(name, entry.base.default);
    if (onUser && user === onUser.value) putUser(name, entry.base.user);
    // Firefox drops a user value that equals the default when it saves; ours made it equal.
    if (user === null && entry.base.user === onDefault?.value) putUser(name, entry.base.user);
    prefs.clearUserPref(JOURNAL + name);
  }

  this.mulberryPreferences = class extends ExtensionAPIPersistent {
    applied = { applied: 0, damaged: 0, failed: 0 };
    isWriting = false;

    constructor(extension) {
      super(extension);
      load(extension);
    }

    /** Runs before the background script, in the turn in which the extension starts. */
    onStartup() {
      const isBrowserStart = this.extension.startupReason === "APP_STARTUP";
      this.isWriting = true;
      this.safe = new SafeMode(rules, branches);
      for (const name of journalNames()) {
        const entry = recordOf(name);
        if (!entry) this.applied.damaged += 1;
        // An older build may have let a recipe set what this one denies.
        else if (rules.isDenied(name)) undo(name, entry);
        else {
          this.safe.withhold(name, entry);
          this.reapply(name, entry, isBrowserStart);
        }
      }
      this.isWriting = false;
      this.safe.begun();
      this.guardRemoval();
    }

    /** Default-branch values last one session: sets them again, over today's built-in default. */
    reapply(name, entry, isBrowserStart) {
      try {
        // Only a fresh start of the browser shows the built-in default; later, our own value stands there.
        const builtIn = isBrowserStart ? readOne(name).default : entry.base.default;
        if (builtIn !== entry.base.default) {
          const renewed = { ...entry, base: { ...entry.base, default: builtIn } };
          prefs.setStringPref(JOURNAL + name, JSON.stringify(renewed));
        }
        const claim = rules.topClaim(this.safe.inForce(name, entry), "default");
        if (!claim) return;
        put(defaults, name, claim.value);
        this.applied.applied += 1;
      } catch {
        // The built-in type changed under us; the core sees the value missing and ends the claim.
        this.applied.failed += 1;
      }
    }

    /** Whether we hold it. If so, its record goes along with the person. */
    follow(name) {
      if (!prefs.prefHasUserValue(JOURNAL + name)) return false;
      const entry = recordOf(name);
      const followed = entry && rules.followPerson(entry, readOne(name));
      if (followed !== entry) prefs.setStringPref(JOURNAL + name, JSON.stringify(followed));
      return true;
    }

    /**
     * Undoes everything the moment we are removed or switched off: by then no background script runs,
     * and Firefox calls no static hook of an extension's own API.
     */
    guardRemoval() {
      const { id } = this.extension;
      let undone;
      const undoAll = (addon) => {
        if (addon.id !== id) return;
        undone = new Map();
        for (const name of journalNames()) {
          const entry = recordOf(name);
          if (!entry) continue;
          undone.set(name, { record: readOne(JOURNAL + name).user, state: readOne(name) });
          undo(name, entry);
        }
        prefs.savePrefFile(null);
      };
      const drop = (addon) => addon.id === id && AddonManager.removeAddonListener(listener);
      const listener = {
        onUninstalling: undoAll,
        onDisabling: undoAll,
        onUninstalled: drop,
        onDisabled: (addon) => {
          // A removal that can still be taken back disables first: listen on.
          if (!(addon.pendingOperations & AddonManager.PENDING_UNINSTALL)) drop(addon);
        },
        onOperationCancelled: (addon) => {
          if (addon.id !== id || !undone) return;
          for (const [name, { record, state }] of undone) {
            if (state.default !== null) putDefault(name, state.default);
            putUser(name, state.user);
            putUser(JOURNAL + name, record);
          }
          undone = undefined;
          prefs.savePrefFile(null);
        },
      };
      AddonManager.addAddonListener(listener);
      this.unguard = () => {
        if (!undone) AddonManager.removeAddonListener(listener);
      };
    }

    onShutdown() {
      this.unguard?.();
      this.safe?.close();
    }

    /** Carries out every change, or puts everything back and throws. */
    writeNow(changes) {
      const before = [];
      this.isWriting = true;
      try {
        // The schema has made `null` of what is absent.
        for (const { name, journal, default: onDefault, user, clearsUser } of changes) {
          const state = readOne(name);
          // An end that leaves another's claim goes through: Firefox itself keeps a lock's value.
          const isClaim = journal !== null && !rules.isRelease(journal, recordOf(name));
          const refusal = rules.isDenied(name) ? "denied" : state.locked && "locked";
          if (isClaim && refusal) throw new ExtensionError(`preference/${refusal}`);
          before.push({ name, state, record: readOne(JOURNAL + name).user });
          putUser(JOURNAL + name, journal);
          if (onDefault !== null) putDefault(name, onDefault);
          if (user !== null || clearsUser) putUser(name, user);
        }
      } catch (error) {
        for (const { name, state, record } of before.reverse()) {
          putDefault(name, state.default);
          putUser(name, state.user);
          putUser(JOURNAL + name, record);
        }
        if (error instanceof ExtensionError) throw error;
        throw new ExtensionError("preference/type-mismatch");
      } finally {
        this.isWriting = false;
      }
    }

    PERSISTENT_EVENTS = {
      onChanged: ({ fire }) => this.observe(fire, "", (name) => this.follow(name)),
      onSettingsChanged({ fire }) {
        const isSetting = (name) => !OURS.has(name) && !name.startsWith("journal.");
        const settings = this.observe(fire, SETTINGS, isSetting);
        let could = mayStudy();
        const onPolicies = () => {
          if (could !== mayStudy()) settings.tell("studies_enabled");
          could = mayStudy();
        };
        Services.obs.addObserver(onPolicies, POLICIES_APPLIED);
        const unregister = () => {
          Services.obs.removeObserver(onPolicies, POLICIES_APPLIED);
          settings.unregister();
        };
        return { ...settings, unregister };
      },
    };

    /** Fires the rest of each changed name below `prefix` that is wanted and that we did not change. */
    observe(fire, prefix, isWanted) {
      const observer = (_subject, _topic, name) => {
        const rest = name.slice(prefix.length);
        if (!this.isWriting && isWanted(rest)) fire.async(rest);
      };
      prefs.addObserver(prefix, observer);
      return {
        tell: (name) => fire.async(name),
        unregister: () => prefs.removeObserver(prefix, observer),
        convert(newFire) {
          fire = newFire;
        },
      };
    }

    getAPI(context) {
      const shared = { context, module: "mulberryPreferences", extensionApi: this };
      const event = (name) => new ExtensionCommon.EventManager({ ...shared, event: name }).api();
      return {
        mulberryPreferences: {
          read: async (names) => Object.fromEntries(names.map((name) => [name, stateOf(name)])),
          journal: async () => Object.fromEntries(journalNames().map(textOf)),
          write: async (changes) => {
            this.writeNow(changes);
            await save();
          },
          revive: async (owner, slug) => {
            this.isWriting = true;
            try {
              this.safe.revive(owner, slug, recordOf);
            } finally {
              this.isWriting = false;
            }
            await save();
          },
          startup: async () => this.applied,
          readSettings: async () => readSettings(),
          writeSetting: async (name, value) => {
            if (typeof value === "boolean") prefs.setBoolPref(SETTINGS + name, value);
            else prefs.setStringPref(SETTINGS + name, value);
            // The last run's report may be lost with a crash; who we are and what was refused may not.
            if (name !== "last_run") await save();
          },
          onChanged: event("onChanged"),
          onSettingsChanged: event("onSettingsChanged"),
        },
      };
    }
  };
}
