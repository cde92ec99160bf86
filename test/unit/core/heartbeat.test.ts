import { beforeEach, describe, expect, test } from "vitest";
import { apply } from "#core/apply.ts";
import { HeartbeatBook, type Prompt, readPrompt } from "#core/heartbeat.ts";
import { MemoryStore } from "#core/memory.ts";
import { parseRequest } from "#core/messages.ts";
import { aBench } from "#kit/bench.ts";
import { aPrompt } from "#kit/heartbeats.ts";
import { nowMs } from "#kit/situation.ts";

const { flowId } = aPrompt();
let store: MemoryStore;
let book: HeartbeatBook;
beforeEach(async () => {
  store = new MemoryStore();
  book = await HeartbeatBook.open(store);
});

const stored = async () => (await HeartbeatBook.open(store)).state;
const seenAt = (shownMs: number) => ({ 7: { shownMs } });

describe("a survey on show", () => {
  test("is in the store, with when its recipe asked, before its page is opened", async () => {
    const bench = await aBench();
    const prompt = aPrompt();
    await apply([{ do: "save-prompt", prompt }, { do: "open-prompt" }], bench);
    expect(bench.trace).toEqual(["store heartbeat", "open prompt"]);
    expect((await HeartbeatBook.open(bench.store)).state).toEqual({ prompt, seen: seenAt(nowMs) });
  });

  test("has asked, also where no page can be opened for it", async () => {
    const bench = await aBench();
    const ports = {
      ...bench.ports,
      prompts: { open: () => Promise.reject(new Error("no window")) },
    };
    const plan = [{ do: "save-prompt", prompt: aPrompt() }, { do: "open-prompt" }] as const;
    await expect(apply(plan, { ...bench, ports })).rejects.toMatchObject({ step: "open-prompt" });
    expect(bench.heartbeats.state.seen).toEqual(seenAt(nowMs));
  });

  test("keeps the first moment of each thing that happens, and what is known survives a kill", async () => {
    await book.show(aPrompt());
    await book.hear({ moment: "offeredTS" }, nowMs + 1);
    await book.hear({ moment: "learnMoreTS", flowId }, nowMs + 2);
    await book.hear({ moment: "learnMoreTS", flowId }, nowMs + 3);
    const heard = await book.hear({ moment: "votedTS", flowId, score: 4 }, nowMs + 4);
    expect(heard).toMatchObject({
      results: { offeredTS: nowMs + 1, learnMoreTS: nowMs + 2, votedTS: nowMs + 4 },
      score: 4,
    });
    expect(await stored()).toEqual({
      prompt: heard,
      seen: { 7: { shownMs: nowMs, answeredMs: nowMs + 4 } },
    });
  });

  test("counts the button as an answer, and a closed page as none", async () => {
    await book.show(aPrompt());
    await book.hear({ moment: "closedTS", flowId }, nowMs + 1);
    expect(book.state.seen).toEqual(seenAt(nowMs));
    await book.show(aPrompt());
    await book.hear({ moment: "engagedTS", flowId }, nowMs + 2);
    expect(book.state.seen).toEqual({ 7: { shownMs: nowMs, answeredMs: nowMs + 2 } });
  });

  test.each(["closedTS", "windowClosedTS"] as const)("is over after %s", async (moment) => {
    await book.show(aPrompt());
    expect(book.over).toBeUndefined();
    expect(await book.hear({ moment, flowId }, nowMs + 1)).toBeUndefined();
    expect(book.over).toMatchObject({ results: { [moment]: nowMs + 1 } });
    expect(await book.hear({ moment: "votedTS", flowId, score: 1 }, nowMs + 2)).toBeUndefined();
    expect(book.over?.results).toEqual({ [moment]: nowMs + 1 });
  });

  test("does not listen to the page of another", async () => {
    await book.show(aPrompt());
    expect(
      await book.hear({ moment: "votedTS", flowId: "another", score: 1 }, nowMs),
    ).toBeUndefined();
    expect(book.state.prompt?.results).toEqual({});
  });

  test("is told to nobody when there is none", async () => {
    expect(await book.hear({ moment: "offeredTS" }, nowMs)).toBeUndefined();
    await book.end(nowMs);
    expect(await stored()).toEqual({ seen: {} });
  });

  test("ends when its page has been silent for too long, whichever way the clock went", async () => {
    const patience = 10 * 60_000;
    await book.show(aPrompt());
    await book.end(nowMs + patience - 1, patience);
    expect(book.over).toBeUndefined();
    await book.end(nowMs - patience, patience);
    expect(book.over?.results).toEqual({ windowClosedTS: nowMs - patience });
  });

  test("is forgotten once its ping is made, and its recipe has still asked", async () => {
    await book.show(aPrompt());
    await book.end(nowMs);
    await store.set(book.without());
    book.forget();
    expect(book.state).toEqual({ seen: seenAt(nowMs) });
    expect(await stored()).toEqual({ seen: seenAt(nowMs) });
  });

  test.each([
    { what: "text", value: "?" },
    {
      what: "a survey without a question",
      value: { seen: {}, prompt: { ...aPrompt(), says: {} } },
    },
    {
      what: "a survey with another link",
      value: { seen: {}, prompt: leadingTo("http://a.example") },
    },
    { what: "no list of what was seen", value: { prompt: aPrompt() } },
  ])("is forgotten where the store holds $what", async ({ value }) => {
    await store.set({ heartbeat: value });
    expect(await stored()).toEqual({ seen: {} });
  });
});

describe("what a page and the background say to each other", () => {
  test("is a moment from the list, of one showing, with one to five stars", () => {
    const word = { ask: "heartbeat", moment: "votedTS", flowId, score: 5 };
    expect(parseRequest(word)).toEqual(word);
    expect(parseRequest({ ask: "heartbeat", moment: "offeredTS" })).toBeDefined();
    for (const wrong of [
      { ask: "heartbeat" },
      { ...word, moment: "score" },
      { ...word, score: 0 },
      { ...word, score: "5" },
      { ...word, flowId: 1 },
    ])
      expect(parseRequest(wrong)).toBeUndefined();
  });

  test("is the whole survey, or nothing to show", () => {
    expect(readPrompt(aPrompt())).toEqual(aPrompt());
    expect(readPrompt(undefined)).toBeUndefined();
    expect(readPrompt(null)).toBeUndefined();
    expect(readPrompt(leadingTo("javascript:alert(1)"))).toBeUndefined();
  });
});

function leadingTo(learnMoreUrl: string): Prompt {
  return { ...aPrompt(), says: { ...aPrompt().says, learnMoreUrl } };
}
