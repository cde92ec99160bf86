import { apply } from "./apply.ts";
import type { Client } from "./client.ts";
import { type Enrollment, isStudy, keyOf } from "./enrollment.ts";
import type { Inspection, InspectNeeds } from "./inspect.ts";
import { leave } from "./leave.ts";
import type { InspectorRequest, InspectorView } from "./messages.ts";
import type { Plan } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { QaSettings } from "./qa.ts";
import { readSchedule } from "./schedule.ts";

interface InspectorParts {
  readonly client: Pick<Client, "inTurn" | "request">;
  readonly qa: QaSettings;
  readonly ports: Ports;
  readonly inspect: (needs: InspectNeeds) => Promise<Inspection | undefined>;
}

const closed: InspectorView = { devMode: false, clockDays: 0, forced: {}, inspection: null };

/** What QA may look at and do in a browser in dev mode. In every other browser it does nothing and tells nothing. */
export class Inspector {
  readonly #parts: InspectorParts;

  constructor(parts: InspectorParts) {
    this.#parts = parts;
  }

  /** Carries an order out, in dev mode, and looks. */
  async answer(request: InspectorRequest): Promise<InspectorView> {
    const { devMode } = await this.#parts.qa.read();
    if (!devMode) return closed;
    await this.#obey(request);
    return this.#look();
  }

  async #obey(request: InspectorRequest): Promise<void> {
    const { client, qa } = this.#parts;
    switch (request.ask) {
      case "inspect":
        return;
      case "run-now":
        await client.request("run-now");
        return;
      case "move-clock":
        await qa.moveClock(request.days);
        return;
      case "force-branch":
        await qa.forceBranch(request.slug, request.branch);
        if (request.branch !== null) await this.#startAnew(request.slug, request.branch);
        return;
    }
  }

  async #startAnew(slug: string, branch: string): Promise<void> {
    const { client, qa, ports } = this.#parts;
    await client.inTurn(async (bench) => {
      if (!(await qa.read()).devMode) return;
      for (const enrollment of bench.book.all())
        if (enrollment.slug === slug)
          await apply(anew(enrollment, branch, ports.clock.nowMs()), bench);
    });
  }

  #look(): Promise<InspectorView> {
    const { client, qa, ports } = this.#parts;
    return client.inTurn(async (bench, guard) => {
      const settings = await qa.read();
      if (!settings.devMode) return closed;
      const isFirstRun = (await readSchedule(ports.store)).lastRunMs === undefined;
      const inspection = await this.#parts.inspect({ settings, isFirstRun, ports, bench, guard });
      return {
        devMode: settings.devMode,
        clockDays: settings.clockDays,
        forced: settings.forcedBranches,
        inspection: inspection ?? null,
      };
    });
  }
}

/** A study goes on in its branch for ever, and once over is over: for another branch both are forgotten. */
function anew(enrollment: Enrollment, branch: string, nowMs: number): Plan {
  if (!isStudy(enrollment) || enrollment.branch === branch) return [];
  return [
    ...leave(enrollment, "individual-opt-out", nowMs),
    { do: "forget-enrollment", key: keyOf(enrollment) },
  ];
}
