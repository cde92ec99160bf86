import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Where the scenarios that ship are. */
const scenarioFolder = path.join(import.meta.dirname, "../../scenarios");

/** Their files, in the order of the alphabet. */
export async function scenarioFiles(): Promise<
  readonly { readonly name: string; readonly text: string }[]
> {
  const names = (await readdir(scenarioFolder)).filter((name) => name.endsWith(".yaml")).sort();
  return Promise.all(
    names.map(async (name) => ({
      name,
      text: await readFile(path.join(scenarioFolder, name), "utf8"),
    })),
  );
}
