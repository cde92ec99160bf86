import type { CheckedDraft } from "../authoring/drafts.ts";
import type { ServerEnvironment } from "../config.ts";
import type { Preview, Why } from "../preview/preview.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import type { Watch } from "../routes/guard.ts";
import type { AuthoringParts } from "../routes/v3/parts.ts";

/** What the pages need of a server. */
export interface ConsoleParts extends AuthoringParts {
  readonly env: ServerEnvironment;
  /** 32 bytes that nobody can guess, new ones each time. */
  readonly random: () => Uint8Array;
  /** What drafts would do beside the live recipes, over so many browsers at most. */
  readonly preview: (drafts: readonly CheckedDraft[], most: number) => Promise<Preview>;
  /** Why one client that sent pings would match a draft, or not. @throws ServerError `archive/no-such-client` */
  readonly why: (draft: CheckedDraft, clientId: string) => Promise<Why>;
  /** Holds off who guesses tokens at the sign-in. */
  readonly watch: Watch;
  /** Vouches for people who have no token; `undefined` where nobody does. */
  readonly identityProvider: IdentityProvider | undefined;
}
