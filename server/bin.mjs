#!/usr/bin/env node
// Works when an older Node starts it: the sources are TypeScript, which Node runs from 24 on, and
// this package brings that Node along.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";

const isNewEnough = Number(process.versions.node.split(".")[0]) >= 24;

if (isNewEnough) {
  // A reader that went away (`| head`) is no failure; the command, or the server, goes on.
  process.stdout.on("error", (error) => {
    if (!("code" in error && error.code === "EPIPE")) throw error;
  });
  // Erasing types and compiling takes most of a short command's time; the second one finds it done.
  nodeModule.enableCompileCache();
  const { runCli } = await import("./cli.ts");
  process.exitCode = await runCli(process.argv.slice(2));
} else {
  const node = fileURLToPath(
    new URL(
      process.platform === "win32"
        ? "../node_modules/node/bin/node.exe"
        : "../node_modules/node/bin/node",
      import.meta.url,
    ),
  );
  if (existsSync(node)) {
    const self = fileURLToPath(import.meta.url);
    const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: "inherit" });
    // A terminal sends Ctrl-C to both, other senders only to this one; it ends when the child does.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => child.kill(signal));
    }
    child.on("error", (error) => {
      console.error(`node/not-started: ${node}: ${error.message}`);
      process.exitCode = 1;
    });
    child.on("exit", (code, signal) => {
      process.exitCode = code ?? (signal === null ? 1 : 128 + 15);
    });
  } else {
    console.error(
      `node/missing: Mulberry needs Node 24, this is ${process.versions.node}: run "npm install" in ${fileURLToPath(new URL("..", import.meta.url))}, which brings it`,
    );
    process.exitCode = 1;
  }
}
