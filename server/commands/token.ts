import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { tokenText } from "../authoring/access.ts";
import { addToken, revokeToken } from "../authoring/people.ts";
import type { Scope, StoredToken } from "../store/ports-people.ts";
import { bearer } from "./bearer.ts";
import { parseCount, parseScopes, parseTokenDays } from "./options.ts";
import { note, printJson, printLine, printTable } from "./print.ts";
import { withRegister } from "./with-register.ts";

interface AddOptions {
  readonly scopes?: readonly Scope[];
  readonly days: number;
  readonly json?: true;
}

/** `mulberry token …`: what people show instead of their names. */
export function addTokenCommand(program: Command): void {
  const token = program
    .command("token")
    .description("hand out tokens, list them and take them back");
  token
    .command("add")
    .description("make a token and print it: only now, only its hash is kept")
    .argument("[name]", "whose (default: your own)")
    .option("--scopes <list>", "what it is for: read,write,stop,approve,people", parseScopes)
    .option("--days <days>", "how long it is good, 90 at most", parseTokenDays, 30)
    .option("--json", "print JSON")
    .action(async (name: string | undefined, options: AddOptions, command: Command) => {
      const { scopes, days, json } = options;
      const by = await bearer();
      await withRegister(command, async (register) => {
        const text = tokenText(randomBytes(32));
        const added = await addToken(register, by, { person: name, scopes, days, text });
        if (json === true) {
          printJson({ ...shown(added), token: text });
          return;
        }
        const { person, scopes: granted, expires } = shown(added);
        note("token/shown-once", `for ${person}, until ${expires}: ${granted.join(", ")}`);
        printLine(text);
      });
    });
  token
    .command("list")
    .description("list tokens: whose they are and what they are for")
    .option("--json", "print a JSON array")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      await withRegister(command, async ({ store }) => {
        const rows = (await store.tokens()).map(shown);
        if (json === true) printJson(rows);
        else
          printTable([
            ["ID", "PERSON", "SCOPES", "EXPIRES", "REVOKED"],
            ...rows.map(({ id, person, scopes, expires, revoked }) => [
              String(id),
              person,
              scopes.join(","),
              expires,
              revoked ?? "",
            ]),
          ]);
      });
    });
  token
    .command("revoke")
    .description("take a token back")
    .argument("<id>", "as `token list` prints it", parseCount)
    .action(async (id: number, _options: object, command: Command) => {
      const by = await bearer();
      await withRegister(command, async (register) => {
        const { person } = await revokeToken(register, by, id);
        printLine(`token ${String(id)} of ${person} is worth nothing any more`);
      });
    });
}

function shown({ id, person, scopes, createdMs, expiresMs, revokedMs }: StoredToken): {
  readonly id: number;
  readonly person: string;
  readonly scopes: readonly Scope[];
  readonly created: string;
  readonly expires: string;
  readonly revoked: string | null;
} {
  return {
    id,
    person,
    scopes,
    created: new Date(createdMs).toISOString(),
    expires: new Date(expiresMs).toISOString(),
    revoked: revokedMs === null ? null : new Date(revokedMs).toISOString(),
  };
}
