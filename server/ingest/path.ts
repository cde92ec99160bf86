/** What the address of a submission says about its ping. */
export interface SubmitPath {
  /** A UUID in lower case. */
  readonly docId: string;
  readonly docType: string;
  readonly appName: string;
  readonly appVersion: string;
  readonly channel: string;
  readonly buildId: string;
}

/** `elsewhere`: not an address of ours (404); `malformed`: one of ours with a part that is wrong (400). */
export type PathOutcome =
  | { readonly kind: "path"; readonly path: SubmitPath }
  | { readonly kind: "elsewhere" }
  | { readonly kind: "malformed"; readonly part: string };

const prefix = "/submit/telemetry/";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const docType = /^[A-Za-z0-9][A-Za-z0-9-]{1,62}[A-Za-z0-9]$/;
// A space is in some applications' names; nothing here can be a path separator or a control character.
const word = /^[A-Za-z0-9_+-][A-Za-z0-9 ._+~-]{0,63}$/;

/**
 * Reads `/submit/telemetry/{docId}/{docType}/{appName}/{appVersion}/{channel}/{buildId}`.
 * The query is ignored (clients add `?v=4`).
 */
export function parseSubmitPath(url: string): PathOutcome {
  const query = url.indexOf("?");
  const path = query === -1 ? url : url.slice(0, query);
  if (!path.startsWith(prefix)) return { kind: "elsewhere" };
  const raw = path.slice(prefix.length).split("/");
  if (raw.length !== 6) return { kind: "malformed", part: "" };
  const [id, type, appName, appVersion, channel, buildId] = raw.map(unescape);

  const docId = id?.toLowerCase();
  if (docId === undefined || !uuid.test(docId)) return { kind: "malformed", part: "/docId" };
  if (type === undefined || !docType.test(type)) return { kind: "malformed", part: "/docType" };
  if (!isWord(appName)) return { kind: "malformed", part: "/appName" };
  if (!isWord(appVersion)) return { kind: "malformed", part: "/appVersion" };
  if (!isWord(channel)) return { kind: "malformed", part: "/channel" };
  if (!isWord(buildId)) return { kind: "malformed", part: "/buildId" };
  return { kind: "path", path: { docId, docType: type, appName, appVersion, channel, buildId } };
}

function isWord(part: string | undefined): part is string {
  return part !== undefined && word.test(part);
}

/** `undefined` for an escape that is none: the part is then refused by its name. */
function unescape(part: string): string | undefined {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
