/** What the recipe's page says after something was done to it. */
export const deedsDone = {
  save: "Saved as a draft: no browser has it yet.",
  request: "It waits for somebody else now.",
  approve: "Approved: it is live.",
  reject: "Rejected. Its author sees why below.",
  withdraw: "The request is withdrawn.",
  disable: "Disabled: browsers leave it at their next run.",
  kill: "Killed: every browser drops it at its next run.",
  lift: "The kill is lifted.",
} as const;

/** What can be done on that page itself. */
export type Deed = Exclude<keyof typeof deedsDone, "save">;
