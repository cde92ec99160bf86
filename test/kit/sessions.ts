import type { Session } from "#extension/telemetry/session.ts";
import type { Scene } from "#extension/telemetry/subsession.ts";
import { aUuid } from "./client.ts";
import { aPing } from "./pings.ts";

// Sessions of a browser, for tests.

/** The first part of the first session of a profile. */
export function aSession(overrides: Partial<Session> = {}): Session {
  return {
    sessionId: aUuid(1),
    subsessionId: aUuid(2),
    startMs: 1_795_000_000_000,
    subsessionStartMs: 1_795_000_000_000,
    previousSessionId: null,
    previousSubsessionId: null,
    subsessionCounter: 1,
    profileSubsessionCounter: 1,
    lastBuildId: null,
    ...overrides,
  };
}

/** A browser with one study, or with these changes. */
export function aScene(
  overrides: { readonly locale?: string; readonly buildId?: string } = {},
): Scene {
  const { application, environment } = aPing();
  const { locale = environment.settings.locale, buildId = application.buildId } = overrides;
  return {
    application: { ...application, buildId },
    environment: { ...environment, settings: { ...environment.settings, locale } },
  };
}
