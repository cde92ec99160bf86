import * as v from "valibot";
import type { Enrollment } from "#core/enrollment.ts";
import { madeLater } from "#core/made-later.ts";
import type { Ports, Settings } from "#core/ports.ts";
import {
  type Gathering,
  gatherings,
  telemetrySwitches,
  type TelemetryView,
} from "#core/telemetry-view.ts";
import { joinMeasures } from "#telemetry/join-measures.ts";
import type { MeasuresSnapshot } from "#telemetry/measures.ts";
import { metrics } from "#telemetry/metrics.ts";
import type { Ping } from "#telemetry/pings.ts";
import { readArchive, readArchived } from "./archive.ts";
import { type About, assembleEventPing, assembleMainPing, lookAround } from "./assemble.ts";
import { readClientId } from "./identity.ts";
import { zoneMinutesAt } from "./local-time.ts";
import { Outbox, type OutboxEntry } from "./outbox.ts";
import { ofAllProcesses } from "./processes.ts";
import type { StoredRecorder } from "./recorder.ts";
import { measuresShape } from "./subsession.ts";

/** What it is to be read from. */
interface Sources {
  readonly recorder: StoredRecorder | undefined;
  readonly enrollments: readonly Enrollment[];
  readonly settings: Settings;
  readonly ports: Pick<Ports, "clock" | "facts" | "store">;
}

/**
 * What the Telemetry page shows. Nothing is stored, made or sent for it.
 *
 * @param what - what is to be shown to the letter: a gathering, or the id of a ping
 */
export async function showTelemetry(what: string, sources: Sources): Promise<TelemetryView> {
  const { settings, ports } = sources;
  const { store, clock } = ports;
  const outbox = await Outbox.open(store);
  const sent = await readArchive(store, clock.nowMs());
  const clientId = await readClientId(ports);
  return {
    isOn: settings.telemetryEnabled,
    isExtended: settings.extendedTelemetryEnabled,
    administered: telemetrySwitches.filter((name) => settings.administered.includes(name)),
    server: settings.serverUrl ?? null,
    clientId: clientId ?? null,
    pings: [
      ...outbox.waiting().map((entry) => ({ ...entry, type: typeOf(entry), sentMs: null })),
      // A batch is sent newest first: the order of sending is not that of making.
      ...sent.toSorted((one, other) => other.createdMs - one.createdMs),
    ].map(({ id, type, createdMs, sentMs }) => ({ id, type, createdMs, sentMs })),
    shown: isGathering(what)
      ? await gathered(what, sources, outbox)
      : await whole(what, outbox, store),
  };
}

function isGathering(what: string): what is Gathering {
  return (gatherings as readonly string[]).includes(what);
}

/** The outbox keeps no type beside the path that a ping is submitted to. */
function typeOf({ path }: OutboxEntry): string {
  return decodeURIComponent(path.split("/")[4] ?? "");
}

async function whole(
  id: string,
  outbox: Outbox,
  store: Ports["store"],
): Promise<TelemetryView["shown"]> {
  const json = (await outbox.body(id)) ?? (await readArchived(id, store));
  return json === undefined ? null : { what: id, json, parts: null };
}

async function gathered(
  what: Gathering,
  { recorder, enrollments, settings, ports }: Sources,
  outbox: Outbox,
): Promise<TelemetryView["shown"]> {
  if (recorder === undefined || !settings.telemetryEnabled) return null;
  const { clock, facts } = ports;
  const about: About = {
    ...(await lookAround({ all: () => enrollments }, facts)),
    clientId: (await readClientId(ports)) ?? madeLater,
  };
  const nowMs = clock.nowMs();
  const answer = (ping: Ping, parts: NonNullable<TelemetryView["shown"]>["parts"]) => ({
    what,
    json: JSON.stringify(ping),
    parts,
  });
  const { recording, meter } = recorder;
  if (what === "event")
    return answer(assembleEventPing(recording, about, "periodic", madeLater, nowMs), null);
  const main = (measures: MeasuresSnapshot): Ping =>
    assembleMainPing(
      // As it would be if the browser ended now.
      {
        reason: "shutdown",
        session: recording.session,
        endMs: nowMs,
        scene: recording.scene,
        measures,
        log: recording.log,
      },
      about,
      madeLater,
      zoneMinutesAt(nowMs),
    );
  const now = meter.snapshot();
  if (what === "main") return answer(main(now), null);
  const before = await partsBefore(recorder, outbox, ports);
  return answer(main(joinMeasures(metrics, [...before, now])), {
    found: before.length + 1,
    of: recording.session.subsessionCounter,
  });
}

/** What was measured in the parts of this session that are over, as far as they are at hand. */
async function partsBefore(
  { recording }: StoredRecorder,
  outbox: Outbox,
  { store, clock }: Pick<Ports, "clock" | "store">,
): Promise<readonly MeasuresSnapshot[]> {
  const { sessionId } = recording.session;
  const sent = (await readArchive(store, clock.nowMs())).filter(({ type }) => type === "main");
  const waiting = outbox.waiting().filter((entry) => typeOf(entry) === "main");
  const bodies = await Promise.all([
    ...sent.toReversed().map(({ id }) => readArchived(id, store)),
    ...waiting.toReversed().map(({ id }) => outbox.body(id)),
  ]);
  return [
    ...bodies.flatMap((json) => measuresIn(json, sessionId)),
    ...recording.over
      .filter(({ session }) => session.sessionId === sessionId)
      .map(({ measures }) => measures),
  ];
}

const { histograms, keyedHistograms, scalars, keyedScalars } = measuresShape.entries;
const held = v.object({ scalars, keyedScalars });
const mainPing = v.object({
  payload: v.object({
    info: v.object({ sessionId: v.string() }),
    histograms,
    keyedHistograms,
    processes: v.object({ parent: held, dynamic: v.exactOptional(held) }),
  }),
});

/** What a main ping of that session says of measures; nothing of another, or of what is none. */
function measuresIn(json: string | undefined, sessionId: string): readonly MeasuresSnapshot[] {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), mainPing), json);
  if (!parsed.success || parsed.output.payload.info.sessionId !== sessionId) return [];
  const { payload } = parsed.output;
  return [
    {
      histograms: payload.histograms,
      keyedHistograms: payload.keyedHistograms,
      ...ofAllProcesses(payload.processes),
    },
  ];
}
