import type { Command } from "commander";
import { type BrowserRange, reportSendFailures } from "#server/aggregate/send-failures.ts";
import { parseBuild, parseDate } from "./options.ts";
import { dataFolderOf, streamPings } from "./ping-stream.ts";
import { note, printJson, printTable } from "./print.ts";

interface Options extends BrowserRange {
  readonly since?: string;
  readonly until?: string;
  readonly json?: true;
}

/** `mulberry report …`: what many pings come to. */
export function addReportCommand(program: Command): void {
  program
    .command("report")
    .description("what stored pings come to")
    .command("send-failures")
    .description("how sending pings failed, by kind and detail, the most frequent first")
    .option("--since <date>", "only pings received at or after this ISO 8601 date", parseDate)
    .option("--until <date>", "only pings received before this ISO 8601 date", parseDate)
    .option("--build-from <build>", "only browsers of this build or later", parseBuild)
    .option("--build-to <build>", "only browsers of this build or earlier", parseBuild)
    .option("--channel <channel>", "only browsers of this release channel")
    .option("--json", "print JSON")
    .action(async ({ since, until, json, ...range }: Options, command: Command) => {
      const pings = streamPings(dataFolderOf(command), { type: "main", since, until });
      const report = await reportSendFailures(pings, range);
      if (json === true) printJson(report);
      else if (report.total === 0)
        note("report/empty", `${String(report.pings)} pings tell of no failure`);
      else
        printTable([
          ["share", "kind", "detail", "count"],
          ...report.rows.map(({ share, failure: [kind = "", ...detail], count }) => [
            share,
            kind,
            detail.join(" "),
            String(count),
          ]),
        ]);
    });
}
