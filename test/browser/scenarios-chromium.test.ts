import { chromium } from "#kit/scenario/chromium.ts";
import { scenarioSuite } from "#kit/scenario/suite.ts";

// The same files where preferences are settings and the background is a worker that comes and goes.

await scenarioSuite(chromium, [
  "branches-by-chance",
  "forced-branch",
  "forged-body",
  "forged-set",
  "kill-list",
  "mulberry-off",
  "outage-ends-nothing",
  "person-leaves-a-rollout",
  "restart-amid-a-study",
  "rollout-then-study-then-end",
  "studies-off-and-on",
  "telemetry-off-and-on",
]);
