import type { Browser } from "puppeteer-core";

// WebDriver BiDi as Firefox speaks it, where puppeteer says less: its privileged window, and the
// pages of extensions, whose coming and going Firefox 153 does not announce.

/** The part of puppeteer's BiDi connection that its public types leave out. */
export interface BidiConnection {
  send(method: string, params: unknown): Promise<unknown>;
}

/** One tab. Sources are JavaScript functions as text; arguments and results are JSON. */
export interface Tab {
  /** Runs a function's source in the page. */
  run(source: string, ...args: readonly unknown[]): Promise<unknown>;
  /** A PNG of what is in view. */
  screenshot(): Promise<Uint8Array>;
  /** Presses and releases one key after the other, as a person does: `Tab`, `Enter`, `Escape`, `Space`, `ArrowLeft`, `ArrowRight`, or a letter. */
  press(...keys: readonly string[]): Promise<void>;
  /** Gives the page another size, in CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error when the browser is not driven over WebDriver BiDi */
export function connectionOf(browser: Browser): BidiConnection {
  if (!("connection" in browser) || !isConnection(browser.connection))
    throw new Error("puppeteer is not connected over WebDriver BiDi");
  return browser.connection;
}

/** Runs a function's source in Firefox's own window, where `Services` is. */
export async function runPrivileged(
  bidi: BidiConnection,
  source: string,
  args: readonly unknown[],
): Promise<unknown> {
  const tree = await bidi.send("browsingContext.getTree", { "moz:scope": "chrome", maxDepth: 0 });
  const window = at(tree, "result", "contexts", "0", "context");
  if (typeof window !== "string") throw new Error("Firefox has no window");
  return call(bidi, window, source, args);
}

/**
 * Opens an address in a new tab and waits until it is loaded.
 * @throws Error when that takes longer than 20 s
 */
export async function openTab(bidi: BidiConnection, url: string): Promise<Tab> {
  const before = new Set((await contexts(bidi)).map(({ context }) => context));
  await runPrivileged(bidi, openTabSource, [url]);
  const opened = (await contexts(bidi)).find(({ context }) => !before.has(context));
  if (opened === undefined) throw new Error(`${url} opened no tab`);
  return tabOf(bidi, opened.context);
}

/** The tabs that show this page, whoever opened them. */
export async function tabsAt(bidi: BidiConnection, url: string): Promise<readonly Tab[]> {
  const showing = (await contexts(bidi)).filter((shown) => shown.url === url);
  return showing.map(({ context }) => tabOf(bidi, context));
}

function tabOf(bidi: BidiConnection, context: string): Tab {
  return {
    run: (source, ...args) => call(bidi, context, source, args),
    async screenshot() {
      const shot = await bidi.send("browsingContext.captureScreenshot", { context });
      return new Uint8Array(Buffer.from(String(at(shot, "result", "data")), "base64"));
    },
    async press(...keys) {
      const actions = keys
        .map((key) => (Object.hasOwn(keyCodes, key) ? keyCodes[key] : key))
        .flatMap((value) => [
          { type: "keyDown", value },
          { type: "keyUp", value },
        ]);
      const keyboard = { type: "key", id: "keyboard", actions };
      await bidi.send("input.performActions", { context, actions: [keyboard] });
    },
    async resize(width, height) {
      await bidi.send("browsingContext.setViewport", { context, viewport: { width, height } });
    },
    async close() {
      await bidi.send("browsingContext.close", { context });
    },
  };
}

/** Keys without a letter, as WebDriver writes them. */
const keyCodes: Readonly<Record<string, string>> = {
  Tab: "\uE004",
  Enter: "\uE007",
  Escape: "\uE00C",
  ArrowLeft: "\uE012",
  ArrowRight: "\uE014",
  Space: " ",
};

const openTabSource = `async (url) => {
  const { setTimeout, clearTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
  const tab = gBrowser.addTrustedTab(url);
  gBrowser.selectedTab = tab;
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("the tab did not load")), 20000);
    const listener = {
      onStateChange(browser, progress, _request, flags) {
        const isDone = flags & Ci.nsIWebProgressListener.STATE_STOP && flags & Ci.nsIWebProgressListener.STATE_IS_WINDOW;
        if (browser !== tab.linkedBrowser || !progress.isTopLevel || !isDone) return;
        if (browser.currentURI.spec === "about:blank" && url !== "about:blank") return;
        gBrowser.removeTabsProgressListener(listener);
        clearTimeout(late);
        resolve();
      },
    };
    gBrowser.addTabsProgressListener(listener);
  });
}`;

async function contexts(
  bidi: BidiConnection,
): Promise<readonly { readonly context: string; readonly url: string }[]> {
  const tree = at(
    await bidi.send("browsingContext.getTree", { maxDepth: 0 }),
    "result",
    "contexts",
  );
  if (!Array.isArray(tree)) throw new Error("Firefox listed no tabs");
  return tree.map((entry: unknown) => ({
    context: String(at(entry, "context")),
    url: String(at(entry, "url")),
  }));
}

async function call(
  bidi: BidiConnection,
  context: string,
  source: string,
  args: readonly unknown[],
): Promise<unknown> {
  const answer = await bidi.send("script.callFunction", {
    functionDeclaration: `async (args) => JSON.stringify(await (${source})(...JSON.parse(args)))`,
    arguments: [{ type: "string", value: JSON.stringify(args) }],
    target: { context },
    awaitPromise: true,
  });
  const failure = at(answer, "result", "exceptionDetails", "text");
  if (typeof failure === "string") throw new Error(failure);
  const text = at(answer, "result", "result", "value");
  const value: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
  return value;
}

function isConnection(value: unknown): value is BidiConnection {
  return typeof value === "object" && value !== null && "send" in value;
}

/** Follows own properties of unknown data. */
function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Object.getOwnPropertyDescriptor(here, key)?.value;
  }
  return here;
}
