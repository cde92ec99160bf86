import { embeddedIn } from "#server/data-folder.ts";
import { addKills, liftKills } from "#server/authoring/kill.ts";
import { publishDrafts } from "#server/authoring/publish.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { openWorkplace } from "#server/workplace.ts";

// Publishes and stops one change after another until it is killed: `node publish-child.ts DIR SLUG`.

const [dataDir = "", slug = ""] = process.argv.slice(2);
const workplace = await openWorkplace({ ...embeddedIn(dataDir), env: "development" }, Date.now);
const kill = { all: false, ids: [], slugs: [slug], prefs: [], addons: [] };
process.stdout.write("ready\n");
for (let round = 0; ; round += 1) {
  const text = JSON.stringify({
    name: `${slug} ${String(process.pid)} ${String(round)}`,
    action: "preference-rollout",
    arguments: { slug, preferences: [{ preferenceName: `test.${slug}`, value: round }] },
  });
  await publishDrafts(workplace, readDrafts([{ file: "recipe.json", text }]), {
    by: "operator",
    approval: "approved",
    comment: "",
    serverUrl: "http://127.0.0.1:8000",
  });
  process.stdout.write(`published ${String(round)}\n`);
  await (round % 2 === 0 ? addKills : liftKills)(workplace, kill, "operator");
}
