import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { aDocId, aFolder, aPing, urlOf } from "../unit/server/ingest/support.ts";

const child = fileURLToPath(new URL("ingest-child.ts", import.meta.url));
const pings = 40;

/** What the system did for a process, one call a line, in the order in which calls returned. */
async function traced(work: (port: number) => Promise<void>): Promise<readonly string[] | string> {
  const folder = await aFolder();
  const trace = join(folder, "trace");
  const calls = "trace=pwrite64,pwritev,pwritev2,fdatasync,write,writev,sendto,sendmsg";
  const options = ["-f", "-qq", "-y", "-s", "32", "-e", calls, "-o", trace];
  const running = spawn("strace", [...options, process.execPath, child, folder, "production"], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [error] = (await Promise.race([once(running, "error"), once(running, "spawn")])) as [
    NodeJS.ErrnoException?,
  ];
  if (error !== undefined) return `strace cannot be started: ${String(error.code)}`;
  running.send("go");
  const [port] = (await Promise.race([once(running, "message"), once(running, "exit")])) as [
    unknown,
  ];
  if (running.exitCode !== null) return "strace may not trace a process here";
  const exited = once(running, "exit");
  try {
    await work(Number(port));
  } finally {
    // strace itself takes no signal and ends with whom it traces.
    const tracer = String(running.pid);
    const traced = await readFile(`/proc/${tracer}/task/${tracer}/children`, "utf8");
    process.kill(Number(traced), "SIGKILL");
    await exited;
  }
  return (await readFile(trace, "utf8")).split("\n");
}

/** `w` for bytes that reach a segment, `s` for a sync of one that has returned, `a` for an answer 200. */
function storyOf(lines: readonly string[]): string {
  const syncing = new Set<string>();
  return lines
    .map((line) => {
      const [, pid = "", call = ""] = /^(\d+)\s+(.*)$/u.exec(line) ?? [];
      if (/^pwrite.*\.seg>/u.test(call)) return "w";
      if (/^fdatasync\(.*\.seg>/u.test(call)) {
        if (call.endsWith("= 0")) return "s";
        syncing.add(pid);
      }
      if (/^<\.\.\. fdatasync resumed/u.test(call) && syncing.delete(pid))
        return call.endsWith("= 0") ? "s" : "";
      return call.includes('"HTTP/1.1 200') ? "a" : "";
    })
    .join("");
}

test("the system is asked to sync a ping, and has answered, before each 200", async (context) => {
  const lines = await traced(async (port) => {
    // One after the other, so that each answer is to the bytes before it.
    for (let number = 0; number < pings; number += 1) {
      const body = JSON.stringify(aPing(number));
      const answer = await fetch(`http://127.0.0.1:${String(port)}${urlOf(aDocId(number))}`, {
        method: "POST",
        body,
      });
      expect(answer.status).toBe(200);
    }
  });
  if (typeof lines === "string") {
    console.log(`ingest-trace: skipped, ${lines}`);
    context.skip(lines);
    return;
  }
  const story = storyOf(lines);
  console.log(`ingest-trace: ${story}`);
  // A new segment's header is written and synced as well.
  expect(story).toMatch(new RegExp(`^(?:(?:ws)+a){${String(pings)}}`, "u"));
});
