import * as v from "valibot";
import type { AddonEngine } from "#core/ports.ts";
import { tellAddon } from "./study-addons.ts";
import type { AddonsExperiment } from "./webext.ts";

const installed = v.nullable(
  v.object({
    id: v.string(),
    version: v.string(),
    isActive: v.boolean(),
    isOurs: v.boolean(),
  }),
);

const failure = v.nullable(
  v.union([
    v.object({ reason: v.picklist(["metadata-mismatch", "conflicting-addon-id"]) }),
    v.object({
      reason: v.picklist(["download-failure", "install-failure"]),
      detail: v.pipe(v.string(), v.maxLength(80)),
    }),
  ]),
);

const identity = v.nullable(v.object({ id: v.string(), version: v.string() }));

/** Add-ons through our privileged API. */
export function createAddonEngine(api: AddonsExperiment): AddonEngine {
  return {
    async find(id) {
      return v.parse(installed, await api.find(id)) ?? undefined;
    },
    async install(addon, bytes, { replace }) {
      const outcome = await api.install({
        bytes: new Uint8Array(bytes).buffer,
        addonId: addon.addon_id,
        version: addon.version,
        replace,
      });
      return v.parse(failure, outcome) ?? undefined;
    },
    async identify(bytes) {
      return v.parse(identity, await api.identify(new Uint8Array(bytes).buffer)) ?? undefined;
    },
    adopt: (id, hashes) => api.adopt(id, hashes),
    uninstall: (id) => api.uninstall(id),
    async tell(id, notice) {
      await tellAddon(id, notice);
    },
  };
}

/** Calls `tell` with the id of every add-on that somebody else removed. */
export function onAddonRemoved(api: AddonsExperiment, tell: (id: string) => void): void {
  api.onUninstalled.addListener(tell);
}
