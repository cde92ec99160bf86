import type { PublishedAddon } from "#recipes/arguments.ts";
import type { NormandyEvent } from "#telemetry/events.ts";
import type { Enrollment, EnrollmentKey } from "./enrollment.ts";
import type { Prompt } from "./heartbeat.ts";
import type { HeldValue, NewClaim, OwnerKind } from "./preferences.ts";
import type { UnenrollNotice } from "./study-messages.ts";

/** One effect, as data. `apply.ts` alone carries it out. */
export type Step =
  /** Makes the owner's value current on that branch, undo record first. */
  | ({ readonly do: "claim-preference"; readonly name: string } & NewClaim)
  /** Ends the owner's claim and reveals what is below, unless `keepValue`. */
  | {
      readonly do: "release-preference";
      readonly name: string;
      readonly owner: OwnerKind;
      readonly slug: string;
      /** The person's own value stands there: it is left alone. */
      readonly keepValue?: boolean;
      /** What to go by when the undo record is gone. */
      readonly held?: HeldValue;
    }
  | { readonly do: "save-enrollment"; readonly enrollment: Enrollment }
  | { readonly do: "forget-enrollment"; readonly key: EnrollmentKey }
  /**
   * Fetches, checks and installs. When that fails, `otherwise` is carried out and the rest is not;
   * the failure's reason and detail go into the events that it tells.
   */
  | {
      readonly do: "install-addon";
      readonly addon: PublishedAddon;
      readonly replace: boolean;
      readonly otherwise: Plan;
    }
  /** Lets an add-on know that its study ends, before it is removed. */
  | { readonly do: "tell-addon"; readonly id: string; readonly notice: UnenrollNotice }
  /** Removes what we installed, and nothing that the person put there. `otherwise` as above. */
  | { readonly do: "uninstall-addon"; readonly id: string; readonly otherwise?: Plan }
  /** From here on its recipe has asked, whether or not anybody sees it. */
  | { readonly do: "save-prompt"; readonly prompt: Prompt }
  /** Shows the page that asks for the saved prompt. */
  | { readonly do: "open-prompt" }
  | { readonly do: "record-event"; readonly event: NormandyEvent }
  | { readonly do: "log"; readonly message: string };

export type Plan = readonly Step[];
