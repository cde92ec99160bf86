import type { ActionName, ArgumentsOf } from "./arguments.ts";

// What people read about actions and their arguments: docs/recipes.md. Forms, limits and defaults
// stand in arguments.ts, and the page takes them from there.

/** One action, for the people who write recipes. */
export interface ActionDoc {
  readonly doc: string;
  /** By name; members of members by their path, as `branches[].ratio` or `preferences.*`. */
  readonly arguments: Readonly<Record<string, string>>;
}

type DocsOf<N extends ActionName> = ActionDoc & {
  readonly arguments: { readonly [K in keyof ArgumentsOf<N>]: string };
};

const studyText = {
  slug: "The study's name in events. Where it has ended it never begins again: a new study needs a new one.",
  userFacingName: "What people see on the Studies page.",
  userFacingDescription: "What it changes, for the same people.",
  isEnrollmentPaused: "`true`: nobody enters, and who is in stays in.",
  branches: "The ways to try. Each browser stays in the one that it first got, whatever is edited.",
  "branches[].slug": "The branch's name in events.",
  "branches[].ratio": "Its share: with 1 and 3, one browser in four and three in four.",
} as const;

export const actionDocs = {
  "preference-study": {
    doc: "Compares preferences: each browser that the filter reaches gets one branch, by a hash of its own id and the slug. It ends where the filter no longer matches or the recipe is disabled, and what was there before is back.",
    arguments: {
      ...studyText,
      experimentDocumentUrl: "Where colleagues read more. Browsers do not show it.",
      isHighPopulation: "`true`: pings name the study's type as `exp-highpop` instead of `exp`.",
      "branches[].preferences":
        "By name; `{}` changes nothing, as a control group. Every preference that any branch names is the study's own: of two studies that want it, a browser refuses the second.",
      "branches[].preferences.*.preferenceType": "The preference's type in the browser.",
      "branches[].preferences.*.preferenceBranchType":
        "`default`: what the person set stays on top. `user`: as if the person had set it.",
      "branches[].preferences.*.preferenceValue": "Of the type beside it.",
    },
  },
  "preference-rollout": {
    doc: "Gives every browser that the filter reaches the same defaults; what a person or a study set stays on top. A new revision reaches browsers that are in already. Disabling the recipe ends it nowhere: a `preference-rollback` does.",
    arguments: {
      slug: "The rollout's name in events and for its rollback.",
      preferences: "What to set. Of two rollouts that want one, a browser refuses the second.",
      "preferences[].preferenceName": "The name in about:config.",
      "preferences[].value": "Of the type that the preference has in the browser.",
    },
  },
  "preference-rollback": {
    doc: "Takes a rollout back in every browser that the filter reaches and that has it; elsewhere it does nothing. It needs no filter.",
    arguments: { rolloutSlug: "The rollout's slug." },
  },
  "addon-study": {
    doc: "Compares add-ons, as a preference study compares preferences: a branch installs its add-on, and the end removes it. Firefox with privileged extensions only.",
    arguments: {
      ...studyText,
      "branches[].extensionApiId":
        "The id that `mulberry extension add FILE.xpi` printed; `null` installs nothing, as a control group.",
      "branches[].addon": "Where the add-on is fetched. The server writes it; leave it out.",
    },
  },
  "addon-rollout": {
    doc: "Gives every browser that the filter reaches one add-on, and follows its versions. An add-on that a person installed themselves is never replaced or removed, and one that they removed comes back with another version only. Firefox with privileged extensions only.",
    arguments: {
      slug: "The rollout's name in events and for its rollback.",
      extensionApiId: "The id that `mulberry extension add FILE.xpi` printed.",
      addon: "Where the add-on is fetched. The server writes it; leave it out.",
    },
  },
  "addon-rollback": {
    doc: "Ends an add-on rollout in every browser that the filter reaches and that has it, and removes the add-on; elsewhere it does nothing. It needs no filter.",
    arguments: { rolloutSlug: "The rollout's slug." },
  },
  "show-heartbeat": {
    doc: "Asks the person one question, at most one a day over all recipes, and reports what became of it in a heartbeat ping.",
    arguments: {
      surveyId: "The survey's name in its ping.",
      message: "The question.",
      thanksMessage: "What is said once it is answered.",
      postAnswerUrl: "Opened once it is answered; nothing where it is `null` or empty.",
      learnMoreMessage: "The text of a link beside the question; `null` for none.",
      learnMoreUrl: "Where that link leads; `null` for none.",
      repeatOption:
        "`once`: never again in this browser. `nag`: until it is answered. `xdays`: again after `repeatEvery` days.",
      repeatEvery: "Days since the last survey of any recipe, for `xdays`.",
      includeTelemetryUUID:
        "`true`: the randomisation id goes into the ping, beside the survey's name, and into the address that is opened.",
      engagementButtonLabel: "A button with this label instead of stars; `null` for stars.",
    },
  },
  "console-log": {
    doc: "Writes a line into the extension's log: the smallest recipe, to see whether recipes arrive.",
    arguments: { message: "The line." },
  },
} as const satisfies { readonly [N in ActionName]: DocsOf<N> };
