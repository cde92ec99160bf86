"use strict";

/* globals ChromeUtils, Ci, Components, ExtensionAPI, Services */

// How long the pages take that a person opens, from when Firefox begins to load one until it has. Only the
// times are kept, in this process, until somebody takes them: neither which page it was, nor when.

// All scripts of an extension's own APIs share one scope: the block keeps our names out of it.
{
  const lazy = {};
  ChromeUtils.defineESModuleGetters(lazy, {
    ExtensionParent: "resource://gre/modules/ExtensionParent.sys.mjs",
    PrivateBrowsingUtils: "resource://gre/modules/PrivateBrowsingUtils.sys.mjs",
  });

  const TELEMETRY = "extensions.mulberry.telemetry_enabled";
  /** Of those that nobody takes; they are taken every five minutes. */
  const KEPT = 1_000;
  const { STATE_START, STATE_STOP, STATE_IS_WINDOW } = Ci.nsIWebProgressListener;

  let isListening = false;
  let begun = new WeakMap();
  let durationsMs = [];
  let lost = 0;

  const windows = () => lazy.ExtensionParent.apiManager.global.windowTracker;

  const isWebPage = (request) =>
    request instanceof Ci.nsIChannel && /^https?$/.test(request.originalURI.scheme);

  function finish(startedAt, status) {
    if (!Components.isSuccessCode(status)) return;
    if (durationsMs.length < KEPT) durationsMs.push(ChromeUtils.now() - startedAt);
    else lost += 1;
  }

  const progress = {
    onStateChange(browser, { isTopLevel }, request, flags, status) {
      if (!isTopLevel || !(flags & STATE_IS_WINDOW)) return;
      const startedAt = begun.get(browser);
      begun.delete(browser);
      if (flags & STATE_STOP && startedAt !== undefined) finish(startedAt, status);
      if (!(flags & STATE_START) || !isWebPage(request)) return;
      if (!lazy.PrivateBrowsingUtils.isBrowserPrivate(browser))
        begun.set(browser, ChromeUtils.now());
    },
  };

  function listen() {
    if (isListening) return;
    isListening = true;
    windows().addListener("progress", progress);
    Services.prefs.addObserver(TELEMETRY, forget);
  }

  /** Also as soon as somebody turns telemetry: of the time before it nothing may be told after it. */
  function forget() {
    if (!isListening) return;
    isListening = false;
    windows().removeListener("progress", progress);
    Services.prefs.removeObserver(TELEMETRY, forget);
    begun = new WeakMap();
    durationsMs = [];
    lost = 0;
  }

  /** Nothing is listened to before somebody asks, and nobody asks while telemetry is off. */
  function take() {
    listen();
    const taken = { durationsMs, lost };
    durationsMs = [];
    lost = 0;
    return taken;
  }

  this.mulberryLoads = class extends ExtensionAPI {
    onShutdown() {
      forget();
    }

    getAPI() {
      return { mulberryLoads: { take: async () => take() } };
    }
  };
}
