import { type Command, InvalidArgumentError } from "commander";
import { takeKeycert, takeRoot } from "../key-change.ts";
import { readKeyring, withKeysAlone } from "../keyring.ts";
import { nextRoot, refuseOrphans } from "../publish/next-root.ts";
import { readRoot } from "../publish/keys.ts";
import { parsePrivateKey, parsePublicKey } from "../publish/online-key.ts";
import {
  assembleKeycert,
  assembleRoot,
  describeRequest,
  parseRequest,
  parseSignature,
  requestRoot,
  signRequest,
} from "../publish/signing-request.ts";
import { writeAtomically } from "../store/atomic.ts";
import { oneLine, ServerError } from "../errors.ts";
import { readTextInput } from "./input-files.ts";
import { tellKeycert } from "./keys-online.ts";
import { parseCount } from "./options.ts";
import { awaitServed } from "./presence.ts";
import { configOf, printJson, printLine } from "./print.ts";

/** A root key to go, and the file with the public half of the one that comes. */
interface Replacement {
  readonly gone: string;
  readonly file: string;
}

interface RootOptions {
  readonly out: string;
  readonly replace?: readonly Replacement[];
  readonly minEp?: number;
  readonly json?: true;
}

/** `mulberry keys root-request|sign|accept`: what root keys sign, wherever they are. */
export function addRequestCommands(keys: Command): void {
  addRootRequest(keys);
  addSign(keys);
  addAccept(keys);
}

function addRootRequest(keys: Command): void {
  keys
    .command("root-request")
    .description("write the next root, for root keys to sign: a new life, and what changes")
    .requiredOption("--out <file>", "where the request goes")
    .option(
      "--replace <thumbprint=file...>",
      "a root key that goes (its name, or how it begins) and the public key that comes",
      collectReplacement,
    )
    .option("--min-ep <n>", "believe no manifest of a lower epoch", parseCount)
    .option("--json", "print JSON")
    .action(async (options: RootOptions, command: Command) => {
      const { signer } = await readKeyring(configOf(command));
      const replace = new Map(
        await Promise.all(
          (options.replace ?? []).map(
            async ({ gone, file }) =>
              [gone, parsePublicKey(await readTextInput(file), file)] as const,
          ),
        ),
      );
      const change = { replace, minEp: options.minEp };
      const root = await nextRoot(signer.rootPayload, change, Date.now());
      // Said before anybody walks to a safe.
      refuseOrphans(root, signer);
      await writeAtomically(options.out, `${JSON.stringify(requestRoot(root))}\n`);
      const { m } = signer.rootPayload.roles.root;
      if (options.json === true) printJson({ request: options.out, root });
      else
        printLine(
          `${options.out} asks for the signatures of ${String(m)} keys of root ${String(root.version - 1)} and ${String(root.roles.root.m)} of root ${String(root.version)} (a key of both counts for both): "mulberry keys sign" where each is, then "mulberry keys accept" here`,
        );
    });
}

function addSign(keys: Command): void {
  keys
    .command("sign")
    .description(
      "say what a request asks for, sign it, and print the signature; needs no data folder",
    )
    .argument("<request>")
    .requiredOption("--key <file>", "the root key")
    .option("--root <file>", "the root in force, to be told what changes")
    .option("--json", "accepted for symmetry: the output is JSON anyway")
    .action(async (file: string, options: { readonly key: string; readonly root?: string }) => {
      const { request, requested } = parseRequest(await readTextInput(file), file);
      const key = parsePrivateKey(await readTextInput(options.key), options.key);
      const before =
        options.root === undefined
          ? undefined
          : await readRoot(await readTextInput(options.root), options.root);
      // For whoever watches, whatever the file says; the signature alone goes where the output goes.
      for (const line of await describeRequest(requested, key, before))
        process.stderr.write(`${oneLine(line)}\n`);
      printJson(await signRequest(request, key));
    });
}

function addAccept(keys: Command): void {
  keys
    .command("accept")
    .description("take what was signed into use: the next root, or a keycert")
    .argument("<request>")
    .argument("<signature...>", "files that `keys sign` printed")
    .option("--json", "print JSON")
    .action(
      async (
        file: string,
        signatureFiles: readonly string[],
        { json }: { readonly json?: true },
        command: Command,
      ) => {
        const config = configOf(command);
        const { request, requested } = parseRequest(await readTextInput(file), file);
        const signatures = await Promise.all(
          signatureFiles.map(async (name) => parseSignature(await readTextInput(name), name)),
        );
        if (requested.kind === "root") {
          const signed = assembleRoot(request, signatures);
          const { rootPayload } = await withKeysAlone(config, () =>
            takeRoot(config, signed, Date.now),
          );
          const { version, exp } = rootPayload;
          const expires = new Date(exp * 1_000).toISOString();
          if (json === true) printJson({ root: version, expires });
          else printLine(`root ${String(version)} holds until ${expires}; browsers walk to it`);
        } else {
          const [signature, ...more] = signatures;
          if (signature === undefined || more.length > 0)
            throw new ServerError("keys/not-accepted", "a keycert bears exactly one signature");
          const keycert = assembleKeycert(request, signature);
          const { before, taken } = await withKeysAlone(config, async () => ({
            before: (await readKeyring(config)).signer,
            taken: await takeKeycert(config, keycert, Date.now),
          }));
          tellKeycert(taken, before, json === true);
        }
        await awaitServed(config);
      },
    );
}

function collectReplacement(
  text: string,
  before: readonly Replacement[] = [],
): readonly Replacement[] {
  const [, gone, file] = /^([\w-]{6,43})=(.+)$/u.exec(text) ?? [];
  if (gone === undefined || file === undefined)
    throw new InvalidArgumentError("It must be a root key's name, =, and a file.");
  return [...before, { gone, file }];
}
