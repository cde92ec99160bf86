import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { SerializedError } from "vitest";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/** What one run of vitest came to, as `TEST_TALLY` names a file for it. */
export interface TestTally {
  readonly passed: number;
  /** Failed tests, files and hooks that failed on their own, skips that give no reason. */
  readonly failed: number;
  /** One line for each test that did not run. */
  readonly skipped: readonly string[];
  /** One line for each thing that failed, with the first line of why. */
  readonly failures: readonly string[];
}

/** Counts what a run came to, where vitest's own reporters leave out why a test was skipped. */
class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const path = process.env["TEST_TALLY"];
    if (path === undefined) throw new Error("TEST_TALLY names no file");
    writeFileSync(path, JSON.stringify(tally(modules, unhandled)));
  }
}

function tally(modules: readonly TestModule[], unhandled: readonly SerializedError[]): TestTally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const skips = tests.filter((test) => test.result().state === "skipped").map(skipOf);
  // A file that does not load, or a hook that throws, fails without failing a test.
  const broken = modules
    .flatMap((module) => [module, ...module.children.allSuites()])
    .filter((suite) => suite.errors().length > 0);
  return {
    passed: tests.filter((test) => test.result().state === "passed").length,
    failed:
      tests.filter((test) => test.result().state === "failed").length +
      broken.length +
      unhandled.length +
      skips.filter(({ reason }) => reason === undefined).length,
    skipped: skips.map(
      ({ name, reason }) => `${name}: ${reason ?? "no reason given, which counts as failed"}`,
    ),
    failures: [
      ...tests
        .filter((test) => test.result().state === "failed")
        .map((test) => failure(nameOf(test), test.result().errors)),
      ...broken.map((suite) => failure(relative(process.cwd(), fileOf(suite)), suite.errors())),
      ...unhandled.map(unawaited),
    ],
  };
}

function failure(name: string, errors: readonly { readonly message: string }[] = []): string {
  const [first = ""] = (errors[0]?.message ?? "").split("\n", 1);
  return `${name}: ${first}`;
}

/** With the first places of its stack: no test says where it came from. */
function unawaited({ message, stack = "" }: SerializedError): string {
  const places = stack.split("\n").filter((line) => /^\s*at /u.test(line));
  return ["outside any test", message, ...places.slice(0, 3).map((line) => line.trim())].join(": ");
}

function fileOf(suite: TestModule | TestSuite): string {
  return suite.type === "module" ? suite.moduleId : suite.module.moduleId;
}

function nameOf(test: TestCase): string {
  return `${relative(process.cwd(), test.module.moduleId)} > ${test.fullName}`;
}

function skipOf(test: TestCase): { readonly name: string; readonly reason: string | undefined } {
  const result = test.result();
  return {
    name: nameOf(test),
    reason: result.state === "skipped" ? result.note : undefined,
  };
}

// vitest loads a reporter by the default export of its file.
export default TallyReporter;
