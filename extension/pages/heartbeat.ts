import { createBrowserFacts } from "../platform/browser-facts.ts";
import { clock } from "../platform/clock.ts";
import { ask, onStored } from "../platform/messages.ts";
import { closeOwnTab, onGoing, openTab } from "../platform/own-tab.ts";
import { words } from "../platform/words.ts";
import { readAnswerFacts } from "./answer-facts.ts";
import { HeartbeatPage } from "./heartbeat-page.ts";

// The page of a survey in the extension: what it asks comes from the background.

const facts = createBrowserFacts();

void new HeartbeatPage({
  ask,
  clock,
  words,
  onChanged: onStored,
  onGoing,
  openTab,
  closeOwnTab,
  readFacts: () => readAnswerFacts(facts, clock),
}).open();
