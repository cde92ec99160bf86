import type { Command } from "commander";
import type { Register } from "../authoring/approvals.ts";
import { openExistingStore } from "../workplace.ts";
import { configOf } from "./print.ts";

/** Runs work on the store of a data folder that is there, and closes it. */
export async function withRegister(
  command: Command,
  work: (desk: Register) => Promise<void>,
): Promise<void> {
  const store = await openExistingStore(configOf(command));
  try {
    await work({ store, now: Date.now });
  } finally {
    await store.close();
  }
}
