import { type Budget, spend } from "./filter-budget.ts";
import { parseRegExp, type ParsedRegExp, type RegExpNode } from "./regexp-parse.ts";

// `text.match(pattern)` with a budget. The browser's own RegExp may take exponential time, and
// patterns come from outside; a linear-time library (re2js) alone outweighs a whole background
// script. So the pattern is compiled for a small backtracking machine that tries alternatives in
// exactly JavaScript's order, and each of its steps is paid out of the filter's budget.

const maxPatternLength = 1_000;
const maxInstructions = 5_000;

type Instruction =
  | { readonly op: "character"; readonly matches: (character: string) => boolean }
  | { readonly op: "assertion"; readonly kind: "start" | "end" | "word" | "not-word" }
  | { readonly op: "split"; first: number; second: number }
  | { readonly op: "jump"; to: number }
  /** Notes the position: a capture's edge, or where a round of a loop began. */
  | { readonly op: "note"; readonly slot: number }
  | { readonly op: "forget"; readonly from: number; readonly to: number }
  /** Fails when the round that began at the slot's position has consumed nothing. */
  | { readonly op: "progress"; readonly slot: number }
  | { readonly op: "done" };

interface Machine {
  readonly program: readonly Instruction[];
  readonly slots: number;
  readonly unicode: boolean;
  readonly multiline: boolean;
  readonly isWord: (character: string) => boolean;
}

/**
 * What `text.match(new RegExp(pattern, flags))` gives: `null`, the first match with its groups
 * (and `index`, `input`, `groups`), or with the flag `g` all matches.
 *
 * Refused: patterns over 1,000 characters or with more than 5,000 steps once counted repetitions
 * are written out; look-around, references to groups, octal escapes, modifiers, the flags `v` and
 * `d`; and a search that is not over when the budget is.
 *
 * @throws SyntaxError for what the browser's RegExp refuses
 * @throws TypeError when `text` is no string
 * @throws RangeError for what is refused here
 * @throws RecipeError `filter/too-costly`
 */
export function matchRegExp(
  text: unknown,
  pattern: string | undefined,
  flags: string | undefined,
  budget: Budget,
): unknown {
  if (typeof text !== "string") throw new TypeError("only a text can be matched");
  if (pattern !== undefined && pattern.length > maxPatternLength)
    throw new RangeError("the pattern is too long");
  const regExp = new RegExp(pattern ?? "", flags);
  const parsed = parseRegExp(regExp);
  const machine = assemble(regExp, parsed);
  spend(budget, machine.program.length);
  const search = searcher(machine, text, regExp.sticky, budget);
  if (regExp.global) return allMatches(text, regExp.unicode, search);
  const slots = search(0);
  return slots === undefined ? null : describeMatch(text, slots, parsed);
}

type Search = (from: number) => readonly (number | undefined)[] | undefined;

function allMatches(text: string, unicode: boolean, search: Search): string[] | null {
  const matches: string[] = [];
  for (let from = 0; from <= text.length;) {
    const slots = search(from);
    if (slots === undefined) break;
    const [start = 0, end = 0] = slots;
    matches.push(text.slice(start, end));
    from = end > start ? end : end + Math.max(1, characterAt(text, end, unicode).length);
  }
  return matches.length === 0 ? null : matches;
}

function describeMatch(
  text: string,
  slots: readonly (number | undefined)[],
  { groups, names }: ParsedRegExp,
): unknown {
  const captures = Array.from({ length: groups }, (_, index) => {
    const start = slots[2 * index];
    const end = slots[2 * index + 1];
    return start === undefined || end === undefined ? undefined : text.slice(start, end);
  });
  let named: Record<string, string | undefined> | undefined;
  if (names.length > 0) {
    named = Object.create(null) as Record<string, string | undefined>;
    for (const { name, index } of names) named[name] = captures[index] ?? named[name];
  }
  return Object.assign(captures, { index: slots[0], input: text, groups: named });
}

function assemble({ unicode, multiline, ignoreCase }: RegExp, parsed: ParsedRegExp): Machine {
  const program: Instruction[] = [];
  let slots = 2 * parsed.groups;

  function add<I extends Instruction>(instruction: I): I {
    if (program.push(instruction) > maxInstructions) throw new RangeError("the pattern is too big");
    return instruction;
  }
  function emit(node: RegExpNode): void {
    switch (node.type) {
      case "character":
        add({ op: "character", matches: node.matches });
        return;
      case "assertion":
        add({ op: "assertion", kind: node.kind });
        return;
      case "sequence":
        node.parts.forEach(emit);
        return;
      case "group":
        if (node.index !== undefined) add({ op: "note", slot: 2 * node.index });
        emit(node.body);
        if (node.index !== undefined) add({ op: "note", slot: 2 * node.index + 1 });
        return;
      case "choice":
        emitChoice(node.parts);
        return;
      case "repeat":
        emitRepeat(node);
    }
  }
  function emitChoice(parts: readonly RegExpNode[]): void {
    const exits = parts.slice(0, -1).map((part) => {
      const split = add({ op: "split", first: program.length + 1, second: 0 });
      emit(part);
      const exit = add({ op: "jump", to: 0 });
      split.second = program.length;
      return exit;
    });
    const last = parts.at(-1);
    if (last !== undefined) emit(last);
    for (const exit of exits) exit.to = program.length;
  }
  function emitRepeat(node: RegExpNode & { type: "repeat" }): void {
    const { body, min, max, greedy } = node;
    const [from, to] = [2 * node.captures[0], 2 * node.captures[1]];
    for (let round = 0; round < min; round++) {
      add({ op: "forget", from, to });
      emit(body);
    }
    const splits: { split: { first: number; second: number }; inside: number }[] = [];
    for (let round = min; round < max; round++) {
      const start = program.length;
      splits.push({ split: add({ op: "split", first: 0, second: 0 }), inside: start + 1 });
      const slot = slots++;
      add({ op: "note", slot });
      add({ op: "forget", from, to });
      emit(body);
      add({ op: "progress", slot });
      if (max === Infinity) {
        add({ op: "jump", to: start });
        break;
      }
    }
    for (const { split, inside } of splits) {
      split.first = greedy ? inside : program.length;
      split.second = greedy ? program.length : inside;
    }
  }

  add({ op: "note", slot: 0 });
  emit(parsed.root);
  add({ op: "note", slot: 1 });
  add({ op: "done" });
  const word = new RegExp("^\\w$", (ignoreCase ? "i" : "") + (unicode ? "u" : ""));
  return { program, slots, unicode, multiline, isWord: (character) => word.test(character) };
}

function searcher(machine: Machine, text: string, sticky: boolean, budget: Budget): Search {
  const { program, unicode } = machine;

  function attempt(start: number): readonly (number | undefined)[] | undefined {
    const slots = new Array<number | undefined>(machine.slots).fill(undefined);
    const retries: ({ pc: number; at: number } | { slot: number; was: number | undefined })[] = [];
    let pc = 0;
    let at = start;
    const write = (slot: number, value: number | undefined) => {
      retries.push({ slot, was: slots[slot] });
      slots[slot] = value;
    };

    for (;;) {
      spend(budget, 1);
      const instruction = program[pc++];
      let isAlive = true;
      switch (instruction?.op) {
        case undefined:
        case "done":
          return slots;
        case "character": {
          const character = characterAt(text, at, unicode);
          isAlive = character !== "" && instruction.matches(character);
          at += character.length;
          break;
        }
        case "assertion":
          isAlive = holds(machine, text, at, instruction.kind);
          break;
        case "split":
          retries.push({ pc: instruction.second, at });
          pc = instruction.first;
          break;
        case "jump":
          pc = instruction.to;
          break;
        case "note":
          write(instruction.slot, at);
          break;
        case "forget":
          spend(budget, instruction.to - instruction.from);
          for (let slot = instruction.from; slot < instruction.to; slot++) write(slot, undefined);
          break;
        case "progress":
          isAlive = slots[instruction.slot] !== at;
      }
      while (!isAlive) {
        const retry = retries.pop();
        if (retry === undefined) return undefined;
        if ("slot" in retry) {
          slots[retry.slot] = retry.was;
          continue;
        }
        ({ pc, at } = retry);
        isAlive = true;
      }
    }
  }

  return (from) => {
    for (let start = from; start <= text.length;) {
      const slots = attempt(start);
      if (slots !== undefined || sticky) return slots;
      start += characterAt(text, start, unicode).length || 1;
    }
    return undefined;
  };
}

function holds(machine: Machine, text: string, at: number, kind: string): boolean {
  if (kind === "start") return at === 0 || (machine.multiline && isLineEnd(text.charAt(at - 1)));
  if (kind === "end")
    return at === text.length || (machine.multiline && isLineEnd(text.charAt(at)));
  const isEdge = machine.isWord(text.charAt(at - 1)) !== machine.isWord(text.charAt(at));
  return kind === "word" ? isEdge : !isEdge;
}

function isLineEnd(character: string): boolean {
  return /^[\n\r\u2028\u2029]$/u.test(character);
}

/** The code unit, or with the flag `u` the code point, at a place; `""` at the end. */
function characterAt(text: string, at: number, unicode: boolean): string {
  if (!unicode || at >= text.length) return text.charAt(at);
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}
