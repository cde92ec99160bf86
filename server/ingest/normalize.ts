// What browsers say about themselves has a long tail of spellings. These are the few values that
// Mozilla's own pipeline makes of them, so that numbers here and there can be held side by side.

/** Every release channel that is told apart. */
export const normalChannels = ["release", "esr", "beta", "aurora", "nightly", "Other"] as const;
export type NormalChannel = (typeof normalChannels)[number];

/** The release channel: letters in the wrong case are another channel, as they always were. */
export function normalChannel(channel: string): NormalChannel {
  const known = normalChannels.find((name) => name === channel);
  if (known !== undefined) return known;
  // Builds that somebody customised.
  if (channel.startsWith("nightly-cck-")) return "nightly";
  return channel.startsWith("beta") ? "beta" : "Other";
}
