"use strict";

/* globals ChromeUtils, Services */

// How the last session of the browser ended, and what stays out of force because of it. What follows
// from a crash extension/core/safe-mode.ts decides. api.js loads this file into a scope of its own.

this.mulberrySafeMode = (() => {
  const RECORD = "extensions.mulberry.safe_mode";
  const QUITTING = "quit-application-granted";

  const { AddonManager } = ChromeUtils.importESModule(
    "resource://gre/modules/AddonManager.sys.mjs",
  );
  const prefs = Services.prefs;
  const isSame = (one, other) => one.owner === other.owner && one.slug === other.slug;

  /** Before it can do anything, where that is still possible: our own page starts as late as its. */
  async function removeOurs(id) {
    const addon = await AddonManager.getAddonByID(id);
    if (addon?.installTelemetryInfo?.method === "mulberry") await addon.uninstall();
  }

  return class {
    /** Claims that are out of force since the browser started, by preference. */
    #withheld = new Map();
    /** Enrolments with a value that was in force until we took it out. */
    #glimpsed = new Set();
    #record;
    #isNew;
    #rules;
    #branches;

    /**
     * Looks back at the last session; from here on this one has not ended well.
     *
     * @param rules - of extension/privileged.ts
     * @param branches - of branches.js
     */
    constructor(rules, branches) {
      this.#rules = rules;
      this.#branches = branches;
      const session = String(Services.startup.getStartupInfo().process.getTime());
      const before = this.#read();
      this.#record = rules.atStart(before, session, true);
      this.#isNew = this.#record !== before;
      Services.obs.addObserver(this, QUITTING);
    }

    /** The browser ends as it should, or we do: whatever becomes of it without us is not for us to answer. */
    close() {
      Services.obs.removeObserver(this, QUITTING);
      this.observe();
    }

    observe() {
      this.#write({ ...this.#read(), isClean: true });
    }

    /** Takes out of force what may have crashed the browser. The undo record stays as it is. */
    withhold(name, entry) {
      const held = entry.claims.filter((claim) => this.#rules.isOutOfForce(this.#record, claim));
      if (held.length === 0) return;
      this.#withheld.set(name, held);
      const { user } = this.#branches.readOne(name);
      const seen = held.find(({ branch, value }) => branch === "user" && value === user);
      if (!seen) return;
      this.#branches.putUser(name, entry.base.user);
      this.#glimpsed.add(`preference-${seen.owner}/${seen.slug}`);
    }

    /** Makes durable how this session begins. */
    begun() {
      const record = this.#rules.glimpsed(this.#record, this.#glimpsed);
      if (this.#isNew || record !== this.#record) this.#write(record);
      for (const id of this.#rules.addonsToRemove(record)) removeOurs(id);
    }

    /** The undo record without the claims that are out of force. */
    inForce(name, entry) {
      const held = this.#withheld.get(name);
      if (!held) return entry;
      const isIn = (claim) => !held.some((one) => isSame(one, claim));
      return { ...entry, claims: entry.claims.filter(isIn) };
    }

    /** Puts in force again what one owner holds, except where a person or a policy has been since. */
    revive(owner, slug, recordOf) {
      const { putDefault, putUser, readOne } = this.#branches;
      for (const [name, held] of this.#withheld) {
        const claim = held.find((one) => isSame(one, { owner, slug }));
        if (!claim) continue;
        this.#withheld.set(
          name,
          held.filter((one) => one !== claim),
        );
        const entry = recordOf(name);
        const { locked, user } = readOne(name);
        if (locked || !entry?.claims.some((one) => isSame(one, claim))) continue;
        const top = this.#rules.topClaim(this.inForce(name, entry), claim.branch);
        if (claim.branch === "default") putDefault(name, top.value);
        else if (user === entry.base.user && !entry.isTaken) putUser(name, top.value);
      }
    }

    #read() {
      return this.#rules.parseSafeRecord(this.#branches.readOne(RECORD).user);
    }

    #write(record) {
      prefs.setStringPref(RECORD, JSON.stringify(record));
      prefs.savePrefFile(null);
    }
  };
})();
