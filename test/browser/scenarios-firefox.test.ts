import { firefox } from "#kit/scenario/firefox.ts";
import { scenarioSuite } from "#kit/scenario/suite.ts";

// The scenarios that memory could get wrong: those in which a person, a restart or the network has a hand.

await scenarioSuite(firefox, [
  "a-study-from-first-to-last",
  "addon-does-not-arrive",
  "addon-study-update",
  "forced-branch",
  "halt",
  "key-rotation",
  "outage-ends-nothing",
  "policy-locks-a-preference",
  "restart-amid-a-study",
  "rollout-then-study-then-end",
  "telemetry-off-and-on",
  "user-set-after",
  "user-set-on-the-user-branch",
  "user-set-while-closed",
]);
