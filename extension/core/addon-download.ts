import type { PublishedAddon } from "#recipes/arguments.ts";
import { bytesToHex } from "@noble/hashes/utils.js";
import { bytesFromBase64url } from "./encoding.ts";
import type { InstallFailure, Ports } from "./ports.ts";

// Firefox's own names: what Normandy tells where it lets Firefox fetch.
const networkFailure = "ERROR_NETWORK_FAILURE";
const incorrectHash = "ERROR_INCORRECT_HASH";

interface Refused {
  readonly kind: "failed";
  readonly failure: InstallFailure;
}

/** Reaches for the XPI that a signed recipe names and makes sure it is those bytes and no others. */
export async function fetchAddon(
  addon: PublishedAddon,
  { network, tokens, log }: Pick<Ports, "network" | "tokens" | "log">,
): Promise<{ readonly kind: "fetched"; readonly bytes: Uint8Array } | Refused> {
  const refuse = (detail: string, cause: string | number): Refused => {
    log.write("warn", "an add-on could not be fetched", { cause });
    return { kind: "failed", failure: { reason: "download-failure", detail } };
  };
  const answer = await network.get(addon.url, { maxBytes: addon.size });
  if (answer.kind === "too-large") return refuse(incorrectHash, answer.kind);
  if (answer.kind !== "answer") return refuse(networkFailure, answer.kind);
  if (answer.status !== 200) return refuse(networkFailure, answer.status);
  const { bytes } = answer;
  if (bytes.byteLength !== addon.size) return refuse(incorrectHash, "size");
  const sha256 = bytesFromBase64url(await tokens.sha256(bytes));
  if (sha256 === undefined || bytesToHex(sha256) !== addon.sha256)
    return refuse(incorrectHash, "sha256");
  return { kind: "fetched", bytes };
}
