// What no recipe may set, however well it is signed: whoever holds a signing key must not be able to
// take a browser away from the people who look after it. A build can add names to these, never take
// one away.

/** Exact names, and `prefix.*` for every name below a prefix. */
export const deniedPreferences = [
  // Updates of the browser, of its plug-ins and of the lists that it is served.
  "app.update.*",
  "browser.search.update",
  "media.gmp-manager.*",
  "services.*",
  // Which code may run, and the add-ons that do.
  "extensions.*",
  "webextensions.*",
  "xpinstall.*",
  "autoadmin.*",
  "general.config.*",
  // Certificates, sandboxes, warnings of harmful pages and downloads.
  "browser.safebrowsing.*",
  "media.navigator.permission.disabled",
  "network.security.*",
  "network.stricttransportsecurity.*",
  "security.*",
  "urlclassifier.*",
  // Where traffic goes, and who is given the person's passwords.
  "identity.*",
  "network.auth.*",
  "network.automatic-ntlm-auth.*",
  "network.dns.forceResolve",
  "network.dns.localDomains",
  "network.http.proxy.*",
  "network.negotiate-auth.*",
  "network.protocol-handler.*",
  "network.proxy.*",
  "network.trr.*",
  // What the browser tells of itself, to whom, and what the person said about that.
  "breakpad.*",
  "browser.crashReports.*",
  "datareporting.*",
  "telemetry.*",
  "toolkit.coverage.*",
  "toolkit.crashreporter.*",
  "toolkit.telemetry.*",
  // Enterprise policy.
  "browser.contentanalysis.*",
  "browser.policies.*",
  "toolkit.policies.*",
  // Control from outside.
  "devtools.chrome.enabled",
  "devtools.debugger.*",
  "marionette.*",
  "remote.*",
  // Others who change browsers by recipe. Our own settings and undo records are below `extensions.*`.
  "app.normandy.*",
  "app.shield.*",
  "experiments.*",
  "messaging-system.*",
  "nimbus.*",
] as const;

/** Firefox keeps what fills in forms below `extensions.` too; it says nothing of add-ons. */
const exempt = "extensions.formautofill.";

/**
 * Firefox ends a preference's name at a zero and keeps eight bits of each character, so that
 * `\u0161pp.update.auto` is `app.update.auto`: nothing but visible ASCII names what it says.
 */
const plainName = /^[!-~]+$/u;

/**
 * Whether no recipe may set this preference. Names are compared as Firefox compares them, by case.
 *
 * @param more - what a build denies besides, spelt as in `deniedPreferences`
 */
export function isDenied(name: string, more: readonly string[] = []): boolean {
  return (
    !plainName.test(name) ||
    covers(more, name) ||
    (covers(deniedPreferences, name) && !name.startsWith(exempt))
  );
}

function covers(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

/** Whether a text is spelt as those are: a name, or a prefix of at least one word and `.*`. */
export function isDenyPattern(text: string): boolean {
  return plainName.test(text) && /^[^*]*[^*.](?:\.\*)?$/u.test(text);
}
