import type { Command } from "commander";
import type { ServerConfig } from "../config.ts";
import { layReady, takeKeycert } from "../key-change.ts";
import { readKeyring, withKeysAlone } from "../keyring.ts";
import { claimsFor, issuerHere, type Signer, signKeycert } from "../publish/keys.ts";
import { newOnlineKey, parseOnlineKey, parsePrivateKey } from "../publish/online-key.ts";
import { requestKeycert } from "../publish/signing-request.ts";
import { writeAtomically } from "../store/atomic.ts";
import { readTextInput } from "./input-files.ts";
import { awaitServed } from "./presence.ts";
import { configOf, printJson, printLine } from "./print.ts";

interface Options {
  readonly key?: string;
  readonly request?: string;
  readonly online?: string;
  readonly epoch?: true;
  readonly json?: true;
}

interface Kind {
  readonly isNewKey: boolean;
  /** Whether the epoch goes up even without being asked. */
  readonly isRevocation: boolean;
}

/** `mulberry keys rotate|revoke|renew`: the online key and what vouches for it. */
export function addKeycertCommands(keys: Command): void {
  const rotate = keys
    .command("rotate")
    .description("a new online key; the one before is used no more")
    .option("--epoch", "in a new epoch: browsers that saw it believe nothing of the old one");
  addKeycertCommand(rotate, { isNewKey: true, isRevocation: false });
  const revoke = keys
    .command("revoke")
    .description("the online key is in wrong hands: a new one in a new epoch, and what to do next");
  addKeycertCommand(revoke, { isNewKey: true, isRevocation: true });
  const renew = keys
    .command("renew")
    .description("a new keycert for the same online key, for 35 days from now");
  addKeycertCommand(renew, { isNewKey: false, isRevocation: false });
}

function addKeycertCommand(command: Command, kind: Kind): void {
  if (kind.isNewKey)
    command.option(
      "--online <file>",
      'a private key, or {"command": [...], "public": {...}} (default: a new key in a file)',
    );
  command
    .option("--key <file>", "the root key that signs (default: one in DIR/keys)")
    .option(
      "--request <file>",
      "write what a root key elsewhere is to sign, and change nothing yet",
    )
    .option("--json", "print JSON")
    .action(async (options: Options, self: Command) => {
      if (options.key !== undefined && options.request !== undefined)
        self.error("error: --key signs here, --request elsewhere: name one of them", {
          exitCode: 2,
        });
      const config = configOf(self);
      await withKeysAlone(config, () => change(options, kind, config));
    });
}

async function change(options: Options, kind: Kind, config: ServerConfig): Promise<void> {
  const { files, signer } = await readKeyring(config);
  const text = kind.isNewKey ? await onlineText(options.online) : undefined;
  const online =
    text === undefined ? signer.claims.cnf.jwk : parseOnlineKey(text, options.online).public;
  const isNewEpoch = kind.isRevocation || options.epoch === true;
  const claims = await claimsFor(online, {
    env: signer.env,
    ep: signer.claims.ep + (isNewEpoch ? 1 : 0),
    nowMs: Date.now(),
  });
  if (options.request !== undefined) {
    if (text !== undefined) await layReady(config, text);
    await writeAtomically(options.request, `${JSON.stringify(requestKeycert(claims))}\n`);
    if (options.json === true) printJson({ request: options.request, claims });
    else
      printLine(
        `${options.request} asks for a signature by a root key: "mulberry keys sign" where the key is, then "mulberry keys accept" here`,
      );
    return;
  }
  const issuer =
    options.key === undefined
      ? await issuerHere(files, signer.rootPayload)
      : parsePrivateKey(await readTextInput(options.key), options.key);
  const keycert = await signKeycert(claims, issuer);
  if (text !== undefined) await layReady(config, text);
  const taken = await takeKeycert(config, keycert, Date.now);
  tellKeycert(taken, signer, options.json === true);
  await awaitServed(config);
}

async function onlineText(file: string | undefined): Promise<string> {
  return file === undefined ? newOnlineKey() : readTextInput(file);
}

/** Says what holds from now on, and what is left to do where an epoch has ended. */
export function tellKeycert({ claims }: Signer, before: Signer, isJson: boolean): void {
  const { ep, sub, exp } = claims;
  const expires = new Date(exp * 1_000).toISOString();
  if (isJson) {
    printJson({ ep, online: sub, expires });
    return;
  }
  printLine(`the online key ${sub} signs in epoch ${String(ep)} until ${expires}`);
  if (ep === before.claims.ep) return;
  for (const line of [
    `browsers that reach this server believe nothing of epoch ${String(before.claims.ep)} any more, whatever the old key signs`,
    "for those that a thief keeps from it, either of these ends the old epoch; do both:",
    `  at once, from any origin: mulberry halt sign --key FILE --min-ep ${String(ep)}`,
    `  for good: mulberry keys root-request --min-ep ${String(ep)} --out FILE`,
  ])
    printLine(line);
}
