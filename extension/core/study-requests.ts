import { noBranchesMarker } from "#recipes/aliases.ts";
import { apply, type Workbench } from "./apply.ts";
import type { ClientParts } from "./client-parts.ts";
import type { AddonStudyEnrollment } from "./enrollment.ts";
import { isExperiment } from "./experiment-ids.ts";
import { leave } from "./leave.ts";
import { parseStudyRequest } from "./study-messages.ts";

/**
 * Answers a study's add-on about the running study that it belongs to.
 *
 * @param addonId - who asks, as the browser says
 * @returns `undefined` for every other add-on, and for what is no request
 */
export async function answerAddon(
  addonId: string,
  message: unknown,
  bench: Workbench,
  { ports, telemetry }: Pick<ClientParts, "ports" | "telemetry">,
): Promise<{ readonly answer: unknown } | undefined> {
  const request = parseStudyRequest(message);
  const study = bench.book
    .all()
    .find(
      (one): one is AddonStudyEnrollment =>
        one.kind === "addon-study" && one.state === "active" && one.addon?.addon_id === addonId,
    );
  if (request === undefined || study === undefined) return undefined;
  switch (request.ask) {
    case "study":
      return { answer: studyForAddon(study) };
    case "client": {
      const { channel, version } = await ports.facts.application();
      return { answer: { updateChannel: channel, fxVersion: version } };
    }
    case "end-study":
      await apply(leave(study, request.reason, ports.clock.nowMs()), bench);
      return { answer: null };
    case "set-branch": {
      const refused = branchRefusal(study);
      if (refused !== undefined) return { answer: { refused } };
      await apply(
        [{ do: "save-enrollment", enrollment: { ...study, branch: request.branch } }],
        bench,
      );
      return { answer: {} };
    }
    case "send-ping": {
      const { type, values } = request;
      const refused = await telemetry.submit({ study, type, values }, bench);
      return { answer: refused === undefined ? {} : { refused } };
    }
    case "record": {
      const { ask: _record, ...recording } = request;
      await telemetry.record({ study, ...recording });
      return { answer: null };
    }
  }
}

/** Why an add-on may not say its branch: the recipe has said it, or the add-on has. */
function branchRefusal({ recipeId, branch }: AddonStudyEnrollment): string | undefined {
  if (!isExperiment(recipeId)) return "study-branch/not-yours";
  return branch === noBranchesMarker ? undefined : "study-branch/set-already";
}

/** The study as its add-on sees it, in Normandy's names. */
function studyForAddon(study: AddonStudyEnrollment): Readonly<Record<string, unknown>> {
  return {
    slug: study.slug,
    userFacingName: study.userFacingName,
    userFacingDescription: study.userFacingDescription,
    branch: study.branch,
    active: true,
    addonId: study.addon?.addon_id,
    addonVersion: study.addon?.version,
    studyStartDate: new Date(study.enrolledAtMs).toISOString(),
  };
}
