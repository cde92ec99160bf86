import { RecipeError } from "#recipes/errors.ts";
import {
  parseTelemetryExperiments,
  studyOf,
  type TelemetryExperiment,
} from "#recipes/telemetry-experiments.ts";
import {
  type ExtensionIds,
  type Imported,
  type ImportNote,
  ImportRefusal,
} from "./import-finding.ts";
import { unknownAddon } from "./import-normandy.ts";

/**
 * One Telemetry Experiment as an add-on study.
 *
 * @param item - with its conditions in `manifest`, or bare as it is published
 * @throws ImportRefusal `import/*`; RecipeError for conditions that are none
 */
export function importExperiment(item: object, extensions: ExtensionIds): Imported {
  const { experiments, findings } = parseTelemetryExperiments(item);
  const [finding] = findings;
  if (finding !== undefined) throw new ImportRefusal(finding.code, finding.message, finding.at);
  const [experiment] = experiments;
  if (experiment === undefined)
    throw new ImportRefusal(
      "import/unknown-form",
      "its author does not want it published",
      "/publish",
    );
  const { id, at } = experiment;
  const extensionApiId = extensions.get(id);
  if (extensionApiId === undefined) throw unknownAddon(id, `${at}/id`);
  return {
    content: written(experiment, extensionApiId),
    notes: notesOn(experiment),
    placeOf: () => at,
  };
}

/** A text that no filter can write stands somewhere in the conditions. */
function written(
  experiment: TelemetryExperiment,
  extensionApiId: number,
): ReturnType<typeof studyOf> {
  try {
    return studyOf(experiment, { addon: { extensionApiId } });
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    throw new ImportRefusal(error.code, error.message, experiment.at);
  }
}

function notesOn({ at, maxActiveSeconds, sample }: TelemetryExperiment): readonly ImportNote[] {
  const notes: ImportNote[] = [];
  if (maxActiveSeconds !== undefined)
    notes.push({
      code: "import/dropped",
      at: `${at}/maxActiveSeconds`,
      message: "no filter counts how long a browser has been in: end the study by hand",
    });
  if (sample !== undefined && sample < 1)
    notes.push({
      code: "import/other-branches",
      at: `${at}/sample`,
      message:
        "chance drew the sample, once in each browser; here it is a hash of the browser's id",
    });
  return notes;
}
