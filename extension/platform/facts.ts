import * as v from "valibot";
import type { Facts } from "#core/ports.ts";
import type { FactsExperiment } from "./webext.ts";

/** Facts that stay the same while the browser runs: asked for together, once. */
const lasting: ReadonlySet<string> = new Set([
  "appinfo",
  "attribution",
  "channel",
  "distribution",
  "extensionStart",
  "formFactor",
  "locale",
  "os",
  "sessionStart",
  "version",
]);

/** What `extension/experiments/facts` can tell, besides what lasts. */
const changing = [
  "addons",
  "doNotTrack",
  "isDefaultBrowser",
  "liveTelemetry",
  "plugins",
  "region",
  "searchEngine",
  "syncDesktopDevices",
  "syncMobileDevices",
  "syncSetup",
  "syncTotalDevices",
  "telemetry",
] as const;

const settled = v.record(
  v.string(),
  v.union([v.object({ value: v.unknown() }), v.object({ error: v.string() })]),
);

const application = v.object({
  architecture: v.string(),
  buildId: v.string(),
  name: v.string(),
  version: v.string(),
  displayVersion: v.string(),
  vendor: v.string(),
  platformVersion: v.string(),
  xpcomAbi: v.string(),
  channel: v.string(),
});

const os = v.object({ name: v.string(), version: v.nullable(v.string()) });

/** Firefox's own answers, by the names that filters use. */
export function createFacts(api: FactsExperiment): Facts {
  let bulk: Promise<v.InferOutput<typeof settled>> | undefined;

  const read = async (name: string): Promise<unknown> => {
    if (!lasting.has(name)) return api.read(name);
    bulk ??= api.readAll([...lasting]).then((answer) => v.parse(settled, answer));
    const answer = (await bulk)[name];
    if (answer === undefined) throw new Error("fact/missing");
    if ("error" in answer) throw new Error(answer.error);
    return answer.value;
  };

  return {
    names: [...lasting, ...changing],
    read,
    async application() {
      return v.parse(application, await api.application());
    },
    async system() {
      const { name, version } = v.parse(os, await read("os"));
      return {
        locale: v.parse(v.string(), await read("locale")),
        osName: name,
        osVersion: version ?? "",
      };
    },
  };
}
