import type { Command } from "commander";
import { RecipeError } from "#recipes/errors.ts";
import { filterRefusal } from "#recipes/filter-fault.ts";
import { explainFilter, type ExplainedPart } from "#recipes/filter-explain.ts";
import { compileFilter, type FilterContext } from "#recipes/filter.ts";
import { memberOf } from "#recipes/members.ts";
import { unknownIn } from "../authoring/lint.ts";
import { RefusedFiles } from "../errors.ts";
import { addFilterCompile } from "./filter-compile.ts";
import { encodeAnswer } from "./filter-answer.ts";
import { parseJson, readContext } from "./filter-client.ts";
import { readTextInput } from "./input-files.ts";
import { note, printJson } from "./print.ts";

interface Options {
  readonly batch?: string;
  readonly context?: string;
  readonly explain?: true;
  readonly json?: true;
}

/** `mulberry filter …`: what a filter comes to for a client that a file describes, and filters from objects. */
export function addFilterCommands(program: Command): void {
  const filter = program.command("filter").description("Evaluate filters as browsers do.");
  addEval(filter);
  addFilterCompile(filter);
}

function addEval(filter: Command): void {
  filter
    .command("eval")
    .description("What a filter comes to, as JSON: one {value} or {error} a line.")
    .argument("[expr]", "the filter")
    .option(
      "--batch <file>",
      'evaluate every line {"expr": …} of a file instead; an error is that line\'s answer, and the exit code 0',
    )
    .option("--context <file>", "the client: JSON {env: {…}, prefs: {name: value}}")
    .option("--explain", "also say what each part came to")
    .option("--json", "JSON, which it prints anyway")
    .action(async (expression: string | undefined, options: Options, command: Command) => {
      if ((expression === undefined) === (options.batch === undefined)) {
        command.error("error: give either a filter or --batch FILE", { exitCode: 2 });
      }
      const context = await readContext(options.context);
      if (options.batch === undefined) {
        if (options.context === undefined) noteNobody([expression ?? ""]);
        for (const { code, message } of unknownIn(expression ?? "")) note(code, message);
        await evaluateOne(expression ?? "", context, options);
        return;
      }
      const expressions = await readBatch(options.batch);
      if (options.context === undefined) noteNobody(expressions);
      for (const one of expressions) printJson((await answerOf(one, context, options)).line);
    });
}

async function evaluateOne(
  expression: string,
  context: FilterContext,
  options: Options,
): Promise<void> {
  const answer = await answerOf(expression, context, options);
  printJson(answer.line);
  if (answer.error !== undefined) throw answer.error;
}

/** The filters of a batch file, all of them or none. */
async function readBatch(file: string): Promise<readonly string[]> {
  const lines = (await readTextInput(file)).split("\n");
  if (lines.at(-1)?.trim() === "") lines.pop();
  return lines.map((line, index) => parseLine(line, file, index + 1));
}

interface Answer {
  readonly line: Readonly<Record<string, unknown>>;
  readonly error?: RecipeError;
}

async function answerOf(
  expression: string,
  context: FilterContext,
  { explain }: Options,
): Promise<Answer> {
  const parts = explain === true ? await explained(expression, context) : {};
  try {
    const value: unknown = await compileFilter(expression).evaluate(context);
    return { line: { value: encodeAnswer(value), ...parts } };
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    const message = filterRefusal(expression, error);
    const refusal = new RecipeError(error.code, message, { cause: error });
    return { line: { error: { code: error.code, message }, ...parts }, error: refusal };
  }
}

/** Nothing for a filter that is refused before it is evaluated: its error says all. */
async function explained(
  expression: string,
  context: FilterContext,
): Promise<{ readonly explain?: readonly unknown[] }> {
  try {
    return { explain: (await explainFilter(expression, context)).map(explainLine) };
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    return {};
  }
}

/** A part of a filter, as commands print it. */
export function explainLine({ text, kind, depth, outcome }: ExplainedPart): unknown {
  const shown = "value" in outcome ? { value: encodeAnswer(outcome.value) } : outcome;
  return { text, kind, depth, ...shown };
}

/** One line of a batch file. */
function parseLine(line: string, file: string, number: number): string {
  const refuse = (what: string) =>
    new RefusedFiles([
      { code: "batch/malformed", file, at: "", message: `line ${String(number)} ${what}` },
    ]);
  const value = parseJson(line);
  if (value === undefined) throw refuse("is not JSON");
  const expression = memberOf(value, "expr");
  if (typeof expression !== "string") throw refuse('must be {"expr": "…"}');
  return expression;
}

/** An answer about nobody surprises: said once, for a filter or for a whole batch. */
function noteNobody(expressions: readonly string[]): void {
  if (expressions.some(asksOfClient))
    note(
      "filter/no-client",
      "without --context there is no client: every attribute is undefined and no preference exists",
    );
}

function asksOfClient(expression: string): boolean {
  try {
    const { namespaces, transforms } = compileFilter(expression).uses;
    return namespaces.length > 0 || transforms.some((name) => name.startsWith("preference"));
  } catch (error) {
    // It is refused, and asks for nothing.
    if (error instanceof RecipeError) return false;
    throw error;
  }
}
