import {
  buildTimeSeconds,
  graduated,
  haltUrl,
  root,
  target,
  version,
} from "virtual:mulberry/build";
import { Client } from "#core/client.ts";
import { inOrder } from "#core/enrollment.ts";
import type { Inspector } from "#core/inspector.ts";
import { parseRequest, type StudiesView } from "#core/messages.ts";
import { measureEveryMs } from "#core/probe.ts";
import { QaSettings } from "#core/qa.ts";
import type { TelemetryView } from "#core/telemetry-view.ts";
import { versionCompare } from "#recipes/version-compare.ts";
import { Measures } from "#telemetry/measures.ts";
import { metrics } from "#telemetry/metrics.ts";
import { dataSetsOf } from "#telemetry/probe.ts";
import { StoredRecorder } from "./telemetry/recorder.ts";
import { onAlarm, wakeAt } from "./platform/alarms.ts";
import { onAddonRemoved, onPreferenceChanged, unheard } from "./platform/engines.ts";
import { createPorts } from "./platform/ports.ts";
import { onRequest } from "./platform/messages.ts";
import { onSettingsChanged } from "./platform/settings-reader.ts";
import { onAddonRequest } from "./platform/study-addons.ts";
import { openPageFromToolbar } from "./platform/toolbar.ts";
import { usage } from "./platform/usage.ts";
import { browser } from "./platform/webext.ts";

// Composition: the core, the measuring side and this browser are put together here and nowhere else.

const platform = createPorts();
const qa = new QaSettings(platform);
const ports = { ...platform, settings: { ...platform.settings, read: () => qa.read() } };
const graduationSet = new Set(graduated);
const known = { pinnedRoot: root, haltUrl: haltUrl || undefined, version, buildTimeSeconds };
let recorder: StoredRecorder | undefined;

const client = new Client({
  ports,
  // A part of its own where the browser can load one later: half of the code is for runs alone.
  async run(needs) {
    const [{ run }, { actions }] = await Promise.all([
      import("#core/run.ts"),
      import("#actions/index.ts"),
    ]);
    return run({ ...needs, ...known, actions, graduationSet });
  },
  async heedHalt(needs) {
    const { heedHalt } = await import("#core/heed-halt.ts");
    await heedHalt({ ...needs, ...known });
  },
  graduationSet,
  wakeAt,
  telemetry: {
    async openRecorder(startMs, hasEndedWell) {
      const { store, clock, random } = ports;
      const meter = await meters();
      recorder ??= await StoredRecorder.open(store, clock, random, startMs, meter, hasEndedWell);
      return recorder;
    },
    async forget({ heartbeats }) {
      const { forget } = await import("./telemetry/forget.ts");
      return recorder !== undefined && forget(recorder, heartbeats, ports);
    },
    async submit(submission, { book }) {
      const { submitStudyPing } = await import("./telemetry/study-ping.ts");
      return submitStudyPing(submission, book, ports);
    },
    async record(recording) {
      const { recordForStudy } = await import("./telemetry/study-probe.ts");
      if (recorder !== undefined) await recordForStudy(recording, recorder, ports.settings);
    },
    async flush(bench, settings, reason) {
      // Once an hour; the wake-ups between do without it.
      const { flush } = await import("./telemetry/flush.ts");
      return recorder === undefined ? {} : flush(recorder, bench, settings, reason, ports);
    },
  },
});

/** What is measured in this browser by this build, as far as its person lets it. */
async function meters(): Promise<Measures<typeof metrics>> {
  const { extendedTelemetryEnabled } = await ports.settings.read();
  return new Measures(metrics, {
    version,
    product: target === "chromium" ? "chromium" : "firefox",
    dataSets: dataSetsOf(extendedTelemetryEnabled),
    compare: versionCompare,
  });
}

/** Looks at what changes by itself, and asks to be woken for the next look. */
async function look(): Promise<void> {
  const [{ measure }, { probes }] = await Promise.all([
    import("./telemetry/measure.ts"),
    import("./probes/index.ts"),
  ]);
  // Asked for ahead: a look that fails must not have been the last.
  await wakeAt("measure", ports.clock.nowMs() + measureEveryMs);
  await client.inTurn(async ({ book }) => {
    const settings = await ports.settings.read();
    if (recorder !== undefined) await measure({ recorder, book, probes, usage }, settings, ports);
  });
}

/** QA's page is seldom open, and shut outside dev mode: the rest of the day nothing of it is loaded. */
async function inspector(): Promise<Inspector> {
  const [{ Inspector, inspect }, { actions }] = await Promise.all([
    import("./looking.ts"),
    import("#actions/index.ts"),
  ]);
  return new Inspector({
    client,
    qa,
    ports,
    inspect: (needs) => inspect({ ...needs, ...known, actions, graduationSet }),
  });
}

// Every listener is there before the first await: else the browser would not wake us for its event.
onAlarm({
  run: () => client.tick(),
  telemetry: () => client.flush(),
  settled: () => client.settled(),
  measure: look,
});
onSettingsChanged((name) => void client.settingChanged(name));
onPreferenceChanged((name) => void client.preferencesChanged([name]));
onAddonRemoved((id) => void client.addonRemoved(id));
onAddonRequest((addonId, message) => client.hear(addonId, message));
// Having a listener is what makes the browser start this page when it starts itself.
browser.runtime.onStartup.addListener(() => undefined);
openPageFromToolbar();
onRequest(async (message) => {
  const request = parseRequest(message);
  switch (request?.ask) {
    case "studies":
      return view();
    case "telemetry":
      return telemetry(request.what);
    case "leave":
      await client.leave(request.key);
      return view();
    case "leave-all":
      await client.leaveAll();
      return view();
    case "set-switch":
      await client.setSwitch(request.name, request.on);
      return view();
    case "heartbeat":
      return client.heartbeat(request);
    case "inspect":
    case "run-now":
    case "force-branch":
    case "move-clock":
      return (await inspector()).answer(request);
    case undefined:
      return undefined;
  }
});

/** What the Studies page shows, put together by code that is loaded when it is asked for. */
async function view(): Promise<StudiesView> {
  const { viewOf, readTold } = await import("./looking.ts");
  const [{ enrollments, ...seen }, journal, told, settings] = await Promise.all([
    client.look(),
    ports.preferences.journal(),
    readTold(ports.store),
    ports.settings.read(),
  ]);
  return viewOf({ enrollments: inOrder(enrollments), ...seen, journal, told }, settings);
}

/** What the Telemetry page shows, by the same. */
async function telemetry(what: string): Promise<TelemetryView> {
  const { showTelemetry } = await import("./looking.ts");
  const [{ enrollments }, settings] = await Promise.all([client.look(), ports.settings.read()]);
  return showTelemetry(what, { recorder, enrollments, settings, ports });
}

void client.start();
if (unheard.length > 0) void client.preferencesChanged(unheard);
