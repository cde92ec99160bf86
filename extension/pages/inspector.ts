import { clock } from "../platform/clock.ts";
import { ask } from "../platform/messages.ts";
import { words } from "../platform/words.ts";
import { InspectorPage } from "./inspector-page.ts";

// The Inspector in the extension: what it shows comes from the background.

void new InspectorPage({ ask, clock, words }).open();
