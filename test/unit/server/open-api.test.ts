import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeApp } from "#server/app.ts";
import { silentLog } from "#server/observe/log.ts";
import { noMetrics } from "#server/observe/metrics.ts";
import { authoringRoutes } from "#server/routes/v3/index.ts";

const nothing = (): never => {
  throw new Error("only the table is looked at");
};
const parts = {
  store: {} as never,
  now: nothing,
  serverUrl: nothing,
  publish: nothing,
  metrics: noMetrics,
};
const table = authoringRoutes(parts, "1.2.3");
const lines = table.flatMap(({ path, handlers }) =>
  Object.keys(handlers).map((method) => `${method} ${path}`),
);

test("the description of the authoring API names every route of it, and who may ask", async () => {
  const app = makeApp(table, silentLog, () => Promise.reject(new Error("nobody may")));
  const answer = await app.request("/api/v3/openapi.json", {}, { remoteAddress: "127.0.0.1" });
  const { info, paths, components } = (await answer.json()) as Description;

  expect(info.version).toBe("1.2.3");
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(
      (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/gu, ":$1")}`,
    ),
  );
  expect(described.toSorted()).toEqual(lines.toSorted());
  for (const [path, operations] of Object.entries(paths))
    for (const { summary, security, requestBody } of Object.values(operations)) {
      expect(summary).toMatch(/\.$/u);
      expect(security).toEqual(path.endsWith("openapi.json") ? [] : [{ token: [] }]);
      const schema = requestBody?.content["application/json"].schema.$ref.split("/").at(-1);
      if (schema !== undefined) expect(Object.keys(components.schemas)).toContain(schema);
    }
});

test("docs/operations.md names routes of the authoring API that are there", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../docs/operations.md"), "utf8");
  const named = [...page.matchAll(/^(?:GET|POST) \/api\/v3\/\S*$/gmu)].map(([line]) => line);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((line) => !lines.includes(line))).toEqual([]);
});

interface Description {
  readonly info: { readonly version: string };
  readonly components: { readonly schemas: object };
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly summary: string;
            readonly security: unknown;
            readonly requestBody?: {
              readonly content: {
                readonly "application/json": { readonly schema: { readonly $ref: string } };
              };
            };
          }
        >
      >
    >
  >;
}
