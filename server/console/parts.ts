import type { ServerEnvironment } from "../config.ts";
import type { Watch } from "../routes/guard.ts";
import type { AuthoringParts } from "../routes/v3/parts.ts";

/** What the pages need of a server. */
export interface ConsoleParts extends AuthoringParts {
  readonly env: ServerEnvironment;
  /** 32 bytes that nobody can guess, new ones each time. */
  readonly random: () => Uint8Array;
  /** Holds off who guesses tokens at the sign-in. */
  readonly watch: Watch;
}
