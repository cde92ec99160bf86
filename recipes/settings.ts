import type { PreferenceValue } from "./arguments.ts";

// Browsers in which an extension reaches no about:config let it change some settings through
// WebExtension APIs. Recipes name a preference as about:config does, everywhere; these closed tables
// say which settings stand for which names. docs/settings.md is made from them.
//
// A row is never removed or renamed: an extension must be able to undo what an older one did.

/** What a settings API takes and gives for the settings of these tables. */
export type SettingValue = boolean | string;

export interface Setting {
  /** Where the setting hangs below `browser`. */
  readonly api: string;
  /**
   * What the browser itself holds, as a preference's value: what differs from it is the person's,
   * another extension's or a policy's choice.
   */
  readonly builtIn: PreferenceValue;
  /** Each value that the preference can have here, with the API's word for it; absent: the same booleans. */
  readonly values?: readonly (readonly [PreferenceValue, SettingValue])[];
  /** What else the setting does than its preference would. */
  readonly also?: string;
}

/** Settings by preference name. */
export type SettingTable = Readonly<Record<string, Setting>>;

const localAddresses = [
  [false, "default"],
  [true, "default_public_and_private_interfaces"],
] as const;
const referrers = [
  [0, false],
  [2, true],
] as const;

/** Chromium and its kin. */
export const chromiumSettings = {
  "browser.search.suggest.enabled": {
    api: "privacy.services.searchSuggestEnabled",
    builtIn: true,
  },
  "browser.send_pings": {
    api: "privacy.websites.hyperlinkAuditingEnabled",
    builtIn: true,
  },
  "browser.translations.automaticallyPopup": {
    api: "privacy.services.translationServiceEnabled",
    builtIn: true,
  },
  "extensions.formautofill.addresses.enabled": {
    api: "privacy.services.autofillAddressEnabled",
    builtIn: true,
  },
  "extensions.formautofill.creditCards.enabled": {
    api: "privacy.services.autofillCreditCardEnabled",
    builtIn: true,
  },
  "media.peerconnection.ice.default_address_only": {
    api: "privacy.network.webRTCIPHandlingPolicy",
    builtIn: false,
    values: localAddresses,
  },
  "network.http.sendRefererHeader": {
    api: "privacy.websites.referrersEnabled",
    builtIn: 2,
    values: referrers,
  },
  "network.prefetch-next": {
    api: "privacy.network.networkPredictionEnabled",
    builtIn: true,
    also: "DNS look-ups, connections and pages ahead of time as well",
  },
  "signon.rememberSignons": {
    api: "privacy.services.passwordSavingEnabled",
    builtIn: true,
  },
} as const satisfies SettingTable;

/** Firefox where our privileged APIs are not to be had: release and beta. */
export const firefoxSettings = {
  "browser.display.use_document_fonts": {
    api: "browserSettings.useDocumentFonts",
    builtIn: 1,
    values: [
      [0, false],
      [1, true],
    ],
  },
  "browser.search.openintab": {
    api: "browserSettings.openSearchResultsInNewTabs",
    builtIn: false,
  },
  "browser.send_pings": {
    api: "privacy.websites.hyperlinkAuditingEnabled",
    builtIn: false,
  },
  "browser.tabs.closeTabByDblclick": {
    api: "browserSettings.closeTabsByDoubleClick",
    builtIn: false,
  },
  "browser.tabs.insertAfterCurrent": {
    api: "browserSettings.newTabPosition",
    builtIn: false,
    values: [
      [false, "relatedAfterCurrent"],
      [true, "afterCurrent"],
    ],
  },
  "browser.tabs.loadBookmarksInTabs": {
    api: "browserSettings.openBookmarksInNewTabs",
    builtIn: false,
  },
  "browser.urlbar.openintab": {
    api: "browserSettings.openUrlbarResultsInNewTabs",
    builtIn: false,
  },
  "browser.zoom.full": {
    api: "browserSettings.zoomFullPage",
    builtIn: true,
  },
  "browser.zoom.siteSpecific": {
    api: "browserSettings.zoomSiteSpecific",
    builtIn: true,
  },
  "gfx.color_management.mode": {
    api: "browserSettings.colorManagement.mode",
    builtIn: 2,
    values: [
      [0, "off"],
      [1, "full"],
      [2, "tagged_only"],
    ],
  },
  "image.animation_mode": {
    api: "browserSettings.imageAnimationBehavior",
    builtIn: "normal",
    values: [
      ["normal", "normal"],
      ["none", "none"],
      ["once", "once"],
    ],
  },
  "layout.css.prefers-color-scheme.content-override": {
    api: "browserSettings.overrideContentColorScheme",
    builtIn: 2,
    values: [
      [0, "dark"],
      [1, "light"],
      [2, "auto"],
    ],
  },
  "media.peerconnection.enabled": {
    api: "privacy.network.peerConnectionEnabled",
    builtIn: true,
  },
  "media.peerconnection.ice.default_address_only": {
    api: "privacy.network.webRTCIPHandlingPolicy",
    builtIn: false,
    values: localAddresses,
  },
  "network.http.sendRefererHeader": {
    api: "privacy.websites.referrersEnabled",
    builtIn: 2,
    values: referrers,
  },
  "network.prefetch-next": {
    api: "privacy.network.networkPredictionEnabled",
    builtIn: true,
    also: "`network.dns.disablePrefetch` and `network.http.speculative-parallel-limit` as well",
  },
  "permissions.default.desktop-notification": {
    api: "browserSettings.webNotificationsDisabled",
    builtIn: 0,
    values: [
      [0, false],
      [2, true],
    ],
  },
  "privacy.resistFingerprinting": {
    api: "privacy.websites.resistFingerprinting",
    builtIn: false,
  },
  "privacy.trackingprotection.enabled": {
    api: "privacy.websites.trackingProtectionMode",
    builtIn: false,
    values: [
      [false, "private_browsing"],
      [true, "always"],
    ],
  },
  "sidebar.verticalTabs": {
    api: "browserSettings.verticalTabs",
    builtIn: false,
  },
  "signon.rememberSignons": {
    api: "privacy.services.passwordSavingEnabled",
    builtIn: true,
  },
} as const satisfies SettingTable;

/** The values of the preference that can be set here. */
export function valuesOf({ values }: Setting): readonly PreferenceValue[] {
  return values?.map(([value]) => value) ?? [true, false];
}

/** The API's word for a preference's value; `undefined` where it has none. */
export function toSetting({ values }: Setting, value: PreferenceValue): SettingValue | undefined {
  if (values === undefined) return typeof value === "boolean" ? value : undefined;
  return values.find(([known]) => known === value)?.[1];
}

/**
 * What the preference would hold. A setting can stand at what no value of the preference says, if
 * the person chose that: it is told apart from all of them by a text that none of them is.
 */
export function fromSetting({ values }: Setting, value: unknown): PreferenceValue {
  if (values === undefined && typeof value === "boolean") return value;
  return values?.find(([, word]) => word === value)?.[0] ?? `setting:${JSON.stringify(value)}`;
}
