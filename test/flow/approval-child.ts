import { embeddedIn } from "#server/data-folder.ts";
import { requestApproval } from "#server/authoring/approvals.ts";
import { bearerOf } from "#server/authoring/access.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { publishDrafts } from "#server/authoring/publish.ts";
import { openWorkplace } from "#server/workplace.ts";

// Edits one recipe and asks for it, over and over, until it is killed: `node approval-child.ts DIR TOKEN`.

const [dataDir = "", token = ""] = process.argv.slice(2);
const workplace = await openWorkplace({ ...embeddedIn(dataDir), env: "production" }, Date.now);
const by = bearerOf(token);
process.stdout.write("ready\n");
for (let round = 0; ; round += 1) {
  const text = JSON.stringify({
    name: `Version ${String(round)}`,
    action: "preference-rollout",
    arguments: { slug: "raced", preferences: [{ preferenceName: "test.raced", value: round }] },
  });
  const [published] = await publishDrafts(workplace, readDrafts([{ file: "recipe.json", text }]), {
    by,
    approval: "waiting",
    comment: "",
    serverUrl: "http://127.0.0.1:8000",
  });
  await requestApproval(workplace, by, published?.id ?? 0);
}
