import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildExtension } from "#extension/vite.config.ts";
import { type Authority, anAuthority } from "../authority.ts";
import { launchFirefox } from "../firefox.ts";
import type { History, HistoryStep, Sighted } from "./history.ts";
import { asEntry, copies, onCopy } from "./publish.ts";
import { oursFrom, type Sight } from "./sights.ts";
import { type BuiltIn, openTheirs } from "./theirs.ts";

/** One Firefox in which both sides live through the same. `await using` ends it. */
export interface Arena extends AsyncDisposable {
  /** A browser as it is before the first step of the history. */
  begin(history: History): Promise<void>;
  play(step: HistoryStep): Promise<Sights>;
}

/** What can be seen of both sides after a step. */
export interface Sights {
  readonly theirs: Sight;
  readonly ours: Sight;
}

const day = 86_400;
const background = path.join(import.meta.dirname, "../../fixtures/conformance/ours.ts");

/**
 * Opens a Firefox with both sides: Firefox's modules in its privileged window, and on a page of our
 * extension our client as it is, but for the network, whose answers are handed to it.
 */
export async function openArena(): Promise<Arena> {
  const dir = await mkdtemp(path.join(tmpdir(), "mulberry-arena-"));
  const built = path.join(dir, "extension");
  await buildExtension({
    browser: "firefox",
    outDir: built,
    root: { payload: "", signatures: [] },
    serverUrl: "http://127.0.0.1:8000",
    background,
  });
  const html = '<!doctype html><script type="module" src="background.js"></script>';
  await writeFile(path.join(built, "conformance.html"), html);
  const firefox = await launchFirefox({ permanentDir: built });
  const theirs = await openTheirs(firefox, copies);
  const page = await firefox.openPage("conformance.html");
  const authority = await anAuthority({ nowSeconds: Math.floor(Date.now() / 1000) });
  const ask = (what: string, ...args: readonly unknown[]): Promise<unknown> =>
    page.run(`(...args) => ours.${what}(...args)`, ...args);

  let builtIn: BuiltIn = {};
  /** Manifests are counted, and the clock may be ahead. */
  let runs = 0;
  let aheadSeconds = 0;

  const playOurs = async (step: HistoryStep): Promise<unknown> => {
    switch (step.do) {
      case "run":
        runs += 1;
        return ask("run", {
          answers: await answersWith(step, { authority, runs, aheadSeconds }),
          offsetMs: aheadSeconds * 1000,
        });
      case "wait":
        aheadSeconds += step.days * day;
        return ask("heed");
      case "edit":
        return ask("heed");
      case "leave":
        return ask("leave", step.slug);
      case "allow-studies":
        return ask("allowStudies", step.on);
      case "restart":
        return ask("restart");
    }
  };
  return {
    async begin(history) {
      [builtIn, runs, aheadSeconds] = [history.preferences, 0, 0];
      await ask("stop");
      await theirs.forgetOurs();
      await theirs.forget(history.userId);
      await theirs.fill(history.preferences);
      await ask("begin", authority.root);
    },
    async play(step) {
      if (step.do === "restart") {
        builtIn = rebuilt(builtIn, step.builtIn ?? {});
        await ask("stop");
      }
      const seen = await theirs.play(step, builtIn);
      const own = oursFrom(await playOurs(step), copies.ours.inHistory);
      const preferences = await theirs.read(Object.keys(builtIn));
      return {
        theirs: { ...seen, preferences: preferences.theirs },
        ours: { ...own, preferences: preferences.ours },
      };
    },
    async [Symbol.asyncDispose]() {
      // Nothing of the profile is wanted any more: Firefox need not take its time.
      await firefox.kill();
      await firefox.close();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function rebuilt(
  before: BuiltIn,
  changed: NonNullable<Extract<HistoryStep, { do: "restart" }>["builtIn"]>,
): BuiltIn {
  return Object.fromEntries(
    Object.entries(before).map(([name, one]) => {
      const now = Object.hasOwn(changed, name) ? (changed[name] ?? null) : one.default;
      return [name, { ...one, default: now }];
    }),
  );
}

/** What a server of these recipes answers, by path. */
async function answersWith(
  { recipes, meant }: { readonly recipes: readonly Sighted[]; readonly meant?: false },
  at: { readonly authority: Authority; readonly runs: number; readonly aheadSeconds: number },
): Promise<Readonly<Record<string, string>>> {
  const iat = at.authority.nowSeconds - 60 + at.aheadSeconds;
  const { bundle, bodies } = await at.authority.bundle({
    recipes: recipes.map(({ recipe, standing }) =>
      asEntry({ recipe: onCopy(recipe, copies.ours), standing }),
    ),
    manifest: {
      n: at.runs,
      must: meant === false ? [] : ["mass-ok"],
      iat,
      nbf: iat,
      exp: iat + 7 * day,
    },
    keycert: { iat, nbf: iat - 2 * day, exp: iat + 35 * day },
  });
  return {
    "/v2/bundle.json": JSON.stringify(bundle),
    ...Object.fromEntries(
      [...bodies].map(([sha256, bytes]) => [`/v2/r/${sha256}`, new TextDecoder().decode(bytes)]),
    ),
  };
}
