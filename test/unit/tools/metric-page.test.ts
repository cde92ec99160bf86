import { expect, test } from "vitest";
import { metricPage } from "#tools/metric-page.ts";

test("docs/metrics.md is the page that the table of metrics gives (`vitest -u` writes it)", async () => {
  await expect(metricPage()).toMatchFileSnapshot("../../../docs/metrics.md");
});
