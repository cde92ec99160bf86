import { memory } from "#kit/scenario/memory.ts";
import { scenarioSuite } from "#kit/scenario/suite.ts";

// Every scenario that ships, on the core in memory. test/browser/scenarios-*.test.ts play the same
// files in real browsers.

await scenarioSuite(memory);
