import { describe, expect, test } from "vitest";
import { MemoryFacts } from "#core/memory.ts";
import { readAnswerFacts } from "#extension/pages/answer-facts.ts";
import { type AnswerFacts, answerUrl, type Engagement } from "#extension/pages/answer-url.ts";
import { hasStars, learnMore, sentTexts, thanksText } from "#extension/pages/heartbeat-wording.ts";
import { TestClock } from "#kit/client.ts";
import { aPrompt } from "#kit/heartbeats.ts";
import { words } from "#kit/words.ts";

type Says = NonNullable<NonNullable<Parameters<typeof aPrompt>[0]>["says"]>;

const facts: AnswerFacts = {
  version: "153.0",
  channel: "esr",
  isDefaultBrowser: false,
  searchEngine: "ddg",
  syncSetup: true,
};
const voted: Engagement = { type: "stars", score: 3 };
const parametersOf = (says: Says, engagement: Engagement = voted, known: AnswerFacts = facts) => {
  const url = answerUrl(aPrompt({ says }), engagement, known);
  return url === undefined
    ? undefined
    : [...new URL(url).searchParams].map((pair) => pair.join("="));
};

describe("the address behind a survey", () => {
  test("has Normandy's parameters in Normandy's order, and the answer behind them", () => {
    expect(
      parametersOf({ postAnswerUrl: "https://survey.example/", message: "How is it?" }),
    ).toEqual([
      "fxVersion=153.0",
      "isDefaultBrowser=0",
      "searchEngine=ddg",
      "source=heartbeat",
      "surveyversion=153.0",
      "syncSetup=1",
      "updateChannel=esr",
      "utm_campaign=Howisit%3F",
      "utm_medium=show-heartbeat",
      "utm_source=firefox",
      "type=stars",
      "score=3",
      `flowId=${aPrompt().flowId}`,
    ]);
  });

  test("keeps what the recipe's own address says, fragment and all", () => {
    const postAnswerUrl = "https://survey.example/a?source=mail&utm_source=us&team=7#part";
    const url = new URL(answerUrl(aPrompt({ says: { postAnswerUrl } }), voted, facts) ?? "");
    expect(url.href).toMatch(
      /^https:\/\/survey\.example\/a\?source=mail&utm_source=us&team=7&.*#part$/u,
    );
    expect(url.searchParams.getAll("source")).toEqual(["mail"]);
    expect(url.searchParams.getAll("utm_source")).toEqual(["us"]);
  });

  test("adds the answer even where the recipe's address has a parameter of that name", () => {
    expect(parametersOf({ postAnswerUrl: "https://survey.example/?type=a" })).toEqual(
      expect.arrayContaining(["type=a", "type=stars"]),
    );
  });

  test("tells of a button that it was pressed, and of no stars", () => {
    const told = parametersOf({ postAnswerUrl: "https://survey.example/" }, { type: "button" });
    expect(told).toContain("type=button");
    expect(told?.join()).not.toContain("score");
  });

  test("names the browser only where the recipe asks for it", () => {
    const surveyId = "tabs-survey::00000000-0000-4000-8000-000000000003";
    const says = { postAnswerUrl: "https://survey.example/", includeTelemetryUUID: true };
    const url = new URL(answerUrl(aPrompt({ surveyId, says }), voted, facts) ?? "");
    expect(url.searchParams.get("userId")).toBe("00000000-0000-4000-8000-000000000003");
    expect(parametersOf({ postAnswerUrl: "https://survey.example/" })?.join()).not.toContain(
      "userId",
    );
  });

  test("leaves out what the browser does not know, and says null for an engine of the person's own", () => {
    const postAnswerUrl = "https://survey.example/";
    const unknown = parametersOf({ postAnswerUrl }, voted, {});
    expect(unknown?.join()).not.toMatch(/Version|Default|Engine|sync|Channel/u);
    expect(parametersOf({ postAnswerUrl }, voted, { searchEngine: null })).toContain(
      "searchEngine=null",
    );
  });

  test.each([null, "", "https://"])("is none where the recipe says %j", (postAnswerUrl) => {
    expect(answerUrl(aPrompt({ says: { postAnswerUrl } }), voted, facts)).toBeUndefined();
  });
});

describe("what the page behind a survey is told of the browser", () => {
  const clock = new TestClock(0);

  test("is what it knows", async () => {
    const known = new MemoryFacts({ isDefaultBrowser: true, searchEngine: null, syncSetup: false });
    expect(await readAnswerFacts(known, clock)).toEqual({
      version: "153.0",
      channel: "esr",
      isDefaultBrowser: true,
      searchEngine: null,
      syncSetup: false,
    });
  });

  test("is no more than it can tell", async () => {
    const plain = new MemoryFacts({ searchEngine: 7 });
    const application = async () => ({ ...(await plain.application()), channel: "" });
    const facts_ = { names: plain.names, read: (name: string) => plain.read(name), application };
    expect(await readAnswerFacts(facts_, clock)).toEqual({ version: "153.0" });
  });

  test("is not waited for, nor is a fault", async () => {
    const slow = new MemoryFacts({});
    const asked = readAnswerFacts(
      {
        names: ["isDefaultBrowser", "searchEngine", "syncSetup"],
        read: (name) => {
          if (name === "syncSetup") throw new Error("no service");
          return name === "searchEngine"
            ? Promise.reject(new Error("no engine"))
            : new Promise(() => undefined);
        },
        application: () => slow.application(),
      },
      clock,
    );
    await expect.poll(() => clock.delays.length).toBeGreaterThan(0);
    clock.advance(2_000);
    expect(await asked).toEqual({ version: "153.0", channel: "esr" });
  });
});

describe("the words of a survey's page", () => {
  test("thank, also where the recipe does not", () => {
    expect(thanksText(aPrompt(), words)).toBe("Thank you!");
    expect(thanksText(aPrompt({ says: { thanksMessage: " " } }), words)).toBe("Thank you.");
  });

  test("lead on only where there is a name and a place", () => {
    const link = (learnMoreMessage: string | null, learnMoreUrl: string | null) =>
      learnMore(aPrompt({ says: { learnMoreMessage, learnMoreUrl } }).says);
    expect(link("More", "https://a.example/")).toEqual({
      label: "More",
      href: "https://a.example/",
    });
    for (const [label, href] of [
      [null, "https://a.example/"],
      ["", "https://a.example/"],
      ["More", null],
      ["More", ""],
      ["More", "https://"],
    ] as const)
      expect(link(label, href)).toBeUndefined();
  });

  test("say what is sent: the answer, the number where it goes along, and who else is told", () => {
    expect(sentTexts(aPrompt(), words)).toHaveLength(1);
    expect(sentTexts(aPrompt(), words)[0]).toContain("how many stars");
    const [answer, number, other] = sentTexts(
      aPrompt({
        says: {
          engagementButtonLabel: "Yes",
          includeTelemetryUUID: true,
          postAnswerUrl: "https://survey.example/x",
        },
      }),
      words,
    );
    expect(answer).toContain("pressed the button");
    expect(number).toContain("random number");
    expect(other).toContain("survey.example");
  });

  test("ask for stars unless a button is named", () => {
    expect(hasStars(aPrompt().says)).toBe(true);
    expect(hasStars(aPrompt({ says: { engagementButtonLabel: "" } }).says)).toBe(true);
    expect(hasStars(aPrompt({ says: { engagementButtonLabel: "Yes" } }).says)).toBe(false);
  });
});
