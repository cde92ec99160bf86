// What only pages ask for: a part of its own, loaded when one is open.

export { inspect } from "#core/inspect.ts";
export { Inspector } from "#core/inspector.ts";
export { viewOf } from "#core/view.ts";
export { showTelemetry } from "./telemetry/shown.ts";
export { readTold } from "./telemetry/told.ts";
