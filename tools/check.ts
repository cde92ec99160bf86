import { checks, runParts, sentence, tellFailures } from "./parts.ts";

// `npm run check`: everything that needs no browser.

const sum = await runParts(checks(false), { lanes: 2 });
tellFailures(sum);
console.log(sentence(sum));
process.exitCode = sum.failed === 0 ? 0 : 1;
