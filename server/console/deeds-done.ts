/** What the recipe's page says after something was done to it. */
export const deedsDone = {
  request: "It waits for somebody else now.",
  approve: "Approved: it is live.",
  reject: "Rejected. Its author sees why below.",
  withdraw: "The request is withdrawn.",
  disable: "Disabled: browsers leave it at their next run.",
  kill: "Killed: every browser drops it at its next run.",
  lift: "The kill is lifted.",
} as const;

export type Deed = keyof typeof deedsDone;
