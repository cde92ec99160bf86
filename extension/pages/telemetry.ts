import { clock } from "../platform/clock.ts";
import { ask, onStored } from "../platform/messages.ts";
import { words } from "../platform/words.ts";
import { TelemetryPage } from "./telemetry-page.ts";

// The Telemetry page in the extension: what it shows comes from the background.

void new TelemetryPage({ ask, clock, words, onChanged: onStored }).open();
