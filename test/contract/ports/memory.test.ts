import { MemoryAddons, MemoryPreferences, MemoryPrompts, MemoryStore } from "#core/memory.ts";
import { aPublishedAddon } from "#kit/recipes.ts";
import { addonsSuite } from "./addons-suite.ts";
import { preferencesSuite } from "./preferences-suite.ts";
import { promptsSuite } from "./prompts-suite.ts";
import { storeSuite } from "./store-suite.ts";

// A browser made of maps keeps the promises that a real one keeps.

storeSuite(async () => new MemoryStore());

preferencesSuite(async (builtIn) => {
  const engine = new MemoryPreferences(builtIn);
  return {
    engine,
    setByPerson: async (name, value) => engine.setByPerson(name, value),
    restart: async (defaults) => engine.restart(defaults),
  };
});

addonsSuite(async () => {
  const engine = new MemoryAddons();
  const { addon_id: id } = aPublishedAddon();
  return {
    engine,
    make: async (version) => ({ addon: aPublishedAddon({ version }), bytes: new Uint8Array(1) }),
    installByPerson: async (version) =>
      void engine.installed.set(id, { id, version, isActive: true }),
  };
});

promptsSuite(async () => {
  const engine = new MemoryPrompts();
  return { engine, shown: async () => engine.opened };
});
