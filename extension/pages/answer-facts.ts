import type { Clock, Facts } from "#core/ports.ts";
import type { AnswerFacts } from "./answer-url.ts";

/** What is not known by then is left out: the person has answered and waits. */
const limitMs = 2_000;

/** What the page behind a survey is told of this browser. */
export async function readAnswerFacts(
  facts: Pick<Facts, "names" | "read" | "application">,
  clock: Pick<Clock, "delay">,
): Promise<AnswerFacts> {
  const inTime = async (asked: Promise<unknown>): Promise<unknown> => {
    // A fact that the browser fails to tell is one that it does not know.
    const told = asked.catch(() => undefined);
    return Promise.race([told, clock.delay(limitMs)]);
  };
  const known = (name: string): Promise<unknown> =>
    facts.names.includes(name)
      ? inTime(Promise.resolve().then(() => facts.read(name)))
      : Promise.resolve(undefined);
  const [application, isDefaultBrowser, searchEngine, syncSetup] = await Promise.all([
    facts.application(),
    known("isDefaultBrowser"),
    known("searchEngine"),
    known("syncSetup"),
  ]);
  const { version, channel } = application;
  return {
    version,
    ...(channel === "" ? {} : { channel }),
    ...(typeof isDefaultBrowser === "boolean" ? { isDefaultBrowser } : {}),
    ...(typeof searchEngine === "string" || searchEngine === null ? { searchEngine } : {}),
    ...(typeof syncSetup === "boolean" ? { syncSetup } : {}),
  };
}
