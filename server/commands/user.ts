import type { Command } from "commander";
import { addPerson, changeRole, disablePerson } from "../authoring/people.ts";
import { bearer } from "./bearer.ts";
import { parseRole } from "./options.ts";
import { printJson, printLine, printTable } from "./print.ts";
import { withRegister } from "./with-register.ts";
import type { Role } from "../store/ports-people.ts";

interface Options {
  readonly role: Role;
  readonly json?: true;
}

/** `mulberry user …`: who may do what. */
export function addUserCommand(program: Command): void {
  const user = program.command("user").description("let people in, and say what they may do");
  user
    .command("add")
    .description("let somebody in; a name means one person for ever")
    .argument("<name>", "lower-case letters, digits and . - _ @")
    .requiredOption("--role <role>", "viewer, author, approver or admin", parseRole)
    .option("--json", "print JSON")
    .action(async (name: string, { role, json }: Options, command: Command) => {
      const by = await bearer();
      await withRegister(command, async (register) => {
        const person = await addPerson(register, by, { name, role });
        if (json === true) printJson({ id: person.id, name, role });
        else printLine(`${name} is ${role}; give them a token: mulberry token add ${name}`);
      });
    });
  user
    .command("role")
    .description("give somebody another role")
    .argument("<name>")
    .argument("<role>", "viewer, author, approver or admin", parseRole)
    .action(async (name: string, role: Role, _options: object, command: Command) => {
      const by = await bearer();
      await withRegister(command, async (register) => {
        await changeRole(register, by, name, role);
        printLine(`${name} is ${role}`);
      });
    });
  user
    .command("disable")
    .description("shut somebody out for good, with every token of theirs")
    .argument("<name>")
    .action(async (name: string, _options: object, command: Command) => {
      const by = await bearer();
      await withRegister(command, async (register) => {
        await disablePerson(register, by, name);
        printLine(`${name} may do nothing any more`);
      });
    });
  user
    .command("list")
    .description("list everybody who was ever let in")
    .option("--json", "print a JSON array")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      await withRegister(command, async ({ store }) => {
        const rows = (await store.people()).map(({ id, name, role, createdMs, disabledMs }) => ({
          id,
          name,
          role,
          since: new Date(createdMs).toISOString(),
          disabled: disabledMs === null ? null : new Date(disabledMs).toISOString(),
        }));
        if (json === true) printJson(rows);
        else
          printTable([
            ["NAME", "ROLE", "SINCE", "DISABLED"],
            ...rows.map(({ name, role, since, disabled }) => [name, role, since, disabled ?? ""]),
          ]);
      });
    });
}
