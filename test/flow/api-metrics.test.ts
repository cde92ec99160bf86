import { expect, test } from "vitest";
import { openApiServer } from "#kit/api.ts";
import { openCollector } from "#kit/collector.ts";
import { aRollout } from "#kit/recipes.ts";

test("what goes live by the authoring API is counted, and what waits is not", async () => {
  await using collector = await openCollector();
  const { host, port } = collector.address;
  await using api = await openApiServer({ STATSD_HOST: host, STATSD_PORT: String(port) });
  await api.office.admit("ada", "admin");
  const ines = await api.office.admit("ines", "author");
  const otto = await api.office.admit("otto", "approver");
  for (const name of ["one", "two"]) {
    const { action, arguments: said } = aRollout();
    const recipe = { name, action, arguments: said, extra_filter_expression: "true" };
    expect(await api.ask(ines, "POST", "recipe/", recipe)).toMatchObject({ status: 201 });
  }
  await api.ask(ines, "POST", "recipe_revision/2/request_approval/");
  expect(await api.ask(otto, "POST", "approval_request/1/approve/")).toMatchObject({ status: 200 });

  const isCounted = (line: string): boolean => line.startsWith("mulberry.recipe.publish:");
  const lines = await collector.until((all) => all.some(isCounted));
  expect(lines.filter(isCounted).map((line) => line.split("|")[0])).toEqual([
    "mulberry.recipe.publish:1",
  ]);
});
