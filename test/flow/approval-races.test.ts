import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { killed, startChild } from "#kit/children.ts";
import { openOffice } from "#kit/office.ts";
import { untilPrinted } from "#kit/server.ts";
import { sized } from "#kit/size.ts";
import { embeddedIn } from "#server/data-folder.ts";
import { bearerOf, type By } from "#server/authoring/access.ts";
import { approve } from "#server/authoring/approvals.ts";
import { ServerError } from "#server/errors.ts";
import type { StoredAudit } from "#server/store/ports-people.ts";
import { openWorkplace } from "#server/workplace.ts";

// One process edits and asks without a pause, while two connections approve whatever they see wait.
// More of it: APPROVAL_RACES=1000 npx vitest run --project flow test/flow/approval-races.test.ts

const script = fileURLToPath(new URL("./approval-child.ts", import.meta.url));
const races = sized("APPROVAL_RACES", { quick: 40, whole: 200 });
/** How an approval ends that came too late. */
const late: readonly string[] = ["approval/decided", "approval/outdated", "approval/other-content"];

test(`${String(races)} races of two approvals against edits: each text goes live once, and none that was edited meanwhile`, async () => {
  await using office = await openOffice();
  await office.admit("ada", "admin");
  const ines = await office.admit("ines", "author");
  const approvers = [
    await office.admit("otto", "approver"),
    await office.admit("olga", "approver"),
  ];
  const desks = await Promise.all(
    approvers.map(async (token) => ({
      workplace: await openWorkplace(
        { ...embeddedIn(office.dataDir), env: "production" },
        Date.now,
      ),
      by: bearerOf(token),
    })),
  );
  const child = startChild(script, office.dataDir, ines);
  try {
    await untilPrinted(child, /ready/u);
    await race(desks, () => child.exitCode === null);
  } finally {
    await killed(child);
  }

  const { store } = desks[0]?.workplace ?? expect.fail();
  const history = await store.audit(1);
  expect(stale(history)).toEqual([]);
  const approved = history.filter(({ what }) => what === "approval.approved");
  expect(approved.length).toBeGreaterThan(0);
  expect(new Set(approved.map(({ sha256 }) => sha256)).size).toBe(approved.length);
  const [live] = await store.liveRevisions();
  expect(live?.sha256).toBe(approved.at(-1)?.sha256);
  for (const { workplace } of desks) await workplace.close();
});

interface Approver {
  readonly workplace: Awaited<ReturnType<typeof openWorkplace>>;
  readonly by: By;
}

/** Both approve what waits, at one moment; of the two one succeeds at most, and the other is told why not. */
async function race(desks: readonly Approver[], isEdited: () => boolean): Promise<void> {
  for (let tried = 0; tried < races;) {
    expect(isEdited()).toBe(true);
    const request = await desks[0]?.workplace.store.pendingRequest(1);
    if (request === undefined) continue;
    tried += 1;
    const verdict = { request: request.id, sha256: request.sha256, comment: "" };
    const ended = await Promise.allSettled(
      desks.map(({ workplace, by }) => approve(workplace, by, verdict)),
    );
    const refused = ended.filter((one) => one.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(ServerError);
      expect(late).toContain((reason as ServerError).code);
    }
  }
}

/** What was approved though it was not the newest text at that moment. */
function stale(history: readonly StoredAudit[]): readonly StoredAudit[] {
  return history.filter(({ what, seq, sha256 }) => {
    if (what !== "approval.approved") return false;
    const newest = history.findLast((one) => one.what === "revision.added" && one.seq < seq);
    return newest?.sha256 !== sha256;
  });
}
