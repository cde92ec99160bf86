/** What a build fixes for good, put there by `extension/vite.config.ts`. */
declare module "virtual:mulberry/build" {
  /** The pinned trust root. Never taken from a preference. */
  export const root: {
    readonly payload: string;
    readonly signatures: readonly { readonly protected: string; readonly signature: string }[];
  };
  /** Preferences that no recipe may set, beside `recipes/denied.ts` and spelt as there. */
  export const denied: readonly string[];
  /** Where recipes come from unless a preference says otherwise; no trailing slash. */
  export const serverUrl: string;
  /** Where the signed stop is; `""`: beside the bundle. */
  export const haltUrl: string;
  export const version: string;
  /** What the build is for: Firefox with our privileged APIs, Firefox without them, Chromium. */
  export const target: "firefox" | "firefox-release" | "chromium";
  /** Slugs of preference rollouts that are over for whoever gets this build; none unless it was built with some. */
  export const graduated: readonly string[];
  /** Seconds since 1970: the clock is never believed to be earlier. */
  export const buildTimeSeconds: number;
}
