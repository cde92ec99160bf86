import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openStage, type Stage } from "#kit/stage.ts";

// What Firefox's own process notes of pages: how long they took to load, and nothing else.

const pictureMs = 300;
let stage: Stage;
let site: Server;
let url: string;

beforeAll(async () => {
  stage = await openStage();
  await stage.nextRun(undefined);
  site = createServer((request, response) => {
    const isPicture = request.url === "/picture";
    const body = request.url === "/framed" ? `<iframe src="/"></iframe>` : `<img src="/picture">`;
    void delay(isPicture ? pictureMs : 0).then(() =>
      response
        .writeHead(200, { "content-type": "text/html", "cache-control": "no-store" })
        .end(body),
    );
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${String((site.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  site.closeAllConnections();
  site.close();
  await stage[Symbol.asyncDispose]();
});
beforeEach(() => take());

const taken = v.strictObject({ durationsMs: v.array(v.number()), lost: v.number() });

/** As the background does every five minutes. */
async function take(): Promise<v.InferOutput<typeof taken>> {
  const page = await stage.firefox.openPage("pages/studies.html");
  const answer = await page.run(`() => browser.mulberryLoads.take()`);
  await page.close();
  return v.parse(taken, answer);
}

const visit = async (address: string): Promise<void> =>
  (await stage.firefox.openTab(address)).close();

const visitPrivately = `async (address) => {
  const { BrowserWindowTracker } = ChromeUtils.importESModule("resource:///modules/BrowserWindowTracker.sys.mjs");
  const opened = await BrowserWindowTracker.promiseOpenWindow({ private: true });
  const { STATE_STOP, STATE_IS_WINDOW } = Ci.nsIWebProgressListener;
  const isThere = new Promise((resolve) => opened.gBrowser.addTabsProgressListener({
    onStateChange(_browser, { isTopLevel }, request, flags) {
      const isWhole = isTopLevel && flags & STATE_STOP && flags & STATE_IS_WINDOW;
      if (isWhole && request.originalURI?.spec === address) resolve();
    },
  }));
  const triggeringPrincipal = Services.scriptSecurityManager.getSystemPrincipal();
  opened.gBrowser.loadURI(Services.io.newURI(address), { triggeringPrincipal });
  await isThere;
  opened.close();
}`;

test("a page of the web is timed until all of it is there, and told once", async () => {
  await visit(`${url}/`);
  const { durationsMs, lost } = await take();
  expect(lost).toBe(0);
  expect(durationsMs).toHaveLength(1);
  expect(durationsMs[0]).toBeGreaterThanOrEqual(pictureMs - 1);
  expect(await take()).toEqual({ durationsMs: [], lost: 0 });
});

test("a page within a page is a part of it", async () => {
  await visit(`${url}/framed`);
  expect((await take()).durationsMs).toHaveLength(1);
});

test("pages of the browser, pages that never came and pages of private windows are not timed", async () => {
  await visit("about:blank");
  await visit("about:license");
  await visit("http://127.0.0.1:9/").catch(() => undefined);
  await stage.firefox.runPrivileged(visitPrivately, `${url}/`);
  expect((await take()).durationsMs).toEqual([]);
});

test("nothing is told of the time before telemetry was switched off, nor of the time while it was", async () => {
  await visit(`${url}/`);
  await stage.firefox.setPref("extensions.mulberry.telemetry_enabled", false);
  await visit(`${url}/`);
  await stage.firefox.setPref("extensions.mulberry.telemetry_enabled", true);
  await visit(`${url}/`);
  expect((await take()).durationsMs).toEqual([]);
  await visit(`${url}/`);
  expect((await take()).durationsMs).toHaveLength(1);
});
