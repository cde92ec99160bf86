"use strict";

// For add-ons that a study installs: copy this file into yours and list it before your own background
// script. It asks Mulberry about the study that your add-on belongs to, and only about that.

/** What Mulberry is called in Firefox. */
const mulberryId = "mulberry@mulberry.example";

/**
 * @typedef {object} Study
 * @property {string} slug
 * @property {string} userFacingName
 * @property {string} userFacingDescription
 * @property {string} branch
 * @property {boolean} active
 * @property {string} addonId
 * @property {string} addonVersion
 * @property {string} studyStartDate ISO 8601
 */

/**
 * @typedef {object} ClientMetadata
 * @property {string} updateChannel for example `esr`
 * @property {string} fxVersion for example `153.0`
 */

/** @param {object} message */
async function ask(message) {
  const answer = await browser.runtime.sendMessage(mulberryId, message);
  if (typeof answer !== "object" || answer === null || !("answer" in answer))
    throw new Error("Mulberry knows of no running study with this add-on.");
  return answer.answer;
}

/**
 * @param {"set" | "add" | "raise"} way
 * @param {string} probe
 * @param {number | string | boolean} value
 * @param {string} [key]
 */
async function record(way, probe, value, key) {
  await ask({ ask: "record", way, probe, value, ...(key === undefined ? {} : { key }) });
}

globalThis.mulberryStudy = {
  /**
   * The study that this add-on belongs to.
   * @returns {Promise<Study>}
   * @throws Error when no running study has this add-on: it was installed by hand, or the study is over
   */
  getStudy: () => ask({ ask: "study" }),

  /**
   * The branch that this browser is in; null in a Telemetry Experiment whose add-on has set none yet.
   * @returns {Promise<string | null>}
   */
  async getBranch() {
    const { branch } = await ask({ ask: "study" });
    return branch === "__NO_BRANCHES__" ? null : branch;
  },

  /**
   * Sets the branch of a Telemetry Experiment, once and for good.
   * @param {string} branch up to 100 letters, digits, dots, dashes and underscores
   * @throws Error whose message is a code: `study-branch/set-already`, or `study-branch/not-yours` where a recipe chose it
   */
  async setBranch(branch) {
    const { refused } = await ask({ ask: "set-branch", branch });
    if (refused !== undefined) throw new Error(refused);
  },

  /**
   * Ends the study in this browser, for good: the add-on is told (`onUnenroll`) and removed.
   * @param {string} reason up to 60 lower-case letters, digits and dashes: it is sent as the reason
   */
  endStudy: (reason) => ask({ ask: "end-study", reason }),

  /**
   * Sends a ping of a type that Mulberry's table of study pings has for this add-on (docs/study-addons.md).
   * @param {string} type for example `study-feature`
   * @param {object} values the fields of that type, or some of them
   * @throws Error whose message is the code that says why it is not sent
   */
  async sendPing(type, values) {
    const { refused } = await ask({ ask: "send-ping", type, values });
    if (refused !== undefined) throw new Error(refused);
  },

  /**
   * Adds to a scalar of Mulberry's table of study probes that is this add-on's (docs/study-addons.md). What
   * cannot be kept is counted by Mulberry and told in its `main` ping; nothing is thrown for it.
   * @param {string} name for example `study.feature.presses`
   * @param {number} value
   * @param {string} [key] where the scalar has keys
   */
  scalarAdd: (name, value, key) => record("add", name, value, key),

  /**
   * Puts a value in the place of what such a scalar holds.
   * @param {string} name
   * @param {number | string | boolean} value
   * @param {string} [key]
   */
  scalarSet: (name, value, key) => record("set", name, value, key),

  /**
   * The same where the value is larger than the one that it holds.
   * @param {string} name
   * @param {number} value
   * @param {string} [key]
   */
  scalarSetMaximum: (name, value, key) => record("raise", name, value, key),

  /**
   * What a study may want to know of the browser; nothing in it names a person or a profile.
   * @returns {Promise<ClientMetadata>}
   */
  getClientMetadata: () => ask({ ask: "client" }),

  /**
   * Calls back when the study ends and before the add-on is removed, which waits five seconds at most.
   * Call it while your background script starts, so that Firefox wakes it for this.
   * @param {(reason: string) => void | Promise<void>} listener
   */
  onUnenroll(listener) {
    browser.runtime.onMessageExternal.addListener((message, sender) => {
      if (sender.id !== mulberryId || message?.tell !== "unenroll") return undefined;
      return Promise.resolve(listener(message.reason)).then(() => true);
    });
  },
};
