import { clock } from "../platform/clock.ts";
import { ask, onStored } from "../platform/messages.ts";
import { words } from "../platform/words.ts";
import { StudiesPage } from "./studies-page.ts";

// The Studies page in the extension: what it shows comes from the background.

void new StudiesPage({ ask, clock, words, onChanged: onStored }).open();
