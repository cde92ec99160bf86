import { openStage } from "#kit/stage.ts";
import { writeFileSync } from "node:fs";
import { someFilters } from "#kit/filters.ts";
import { aConsoleLog } from "#kit/recipes.ts";
const aSet = (changed: number) =>
  someFilters(1000, 20261122).map((filter_expression, index) =>
    aConsoleLog({
      id: index + 1,
      slug: `recipe-${index}`,
      name: index === 0 ? `Changed ${changed}` : "Recipe",
      filter_expression,
    }),
  );
await using stage = await openStage();
await stage.nextRun(undefined);
for (let r = 0; r < 3; r++) {
  await stage.publish(aSet(r));
  console.log((await stage.run()).timings);
}
await stage.firefox.runPrivileged(
  `async () => { await Services.profiler.StartProfiler(10000000, 0.1, ["js"], ["GeckoMain", "DOM Worker", "WebExtensions"]); }`,
);
for (let r = 3; r < 8; r++) {
  await stage.publish(aSet(r));
  console.log((await stage.run()).timings);
}
const p = await stage.firefox.runPrivileged(
  `async () => JSON.stringify(await Services.profiler.getProfileDataAsync())`,
);
writeFileSync("/tmp/fx-profile.json", String(p));
