import { ServerError } from "../errors.ts";
import { readBody } from "../routes/body.ts";
import type { RouteContext } from "../routes/route.ts";

/** A recipe with what a form needs around it. */
const maxBytes = 524_288;
/** More fields than any page has. */
const maxFields = 5_000;

/** What was sent, by request: the guard looks at it before the page does, and it comes once. */
const forms = new WeakMap<Request, Promise<URLSearchParams>>();

/**
 * The fields of a form that was sent.
 *
 * @throws ServerError `http/too-large`, `http/bad-request`
 */
export function formIn(context: RouteContext): Promise<URLSearchParams> {
  const { raw } = context.req;
  const known = forms.get(raw);
  if (known !== undefined) return known;
  const form = readForm(context);
  forms.set(raw, form);
  return form;
}

async function readForm(context: RouteContext): Promise<URLSearchParams> {
  const text = await readBody(context, maxBytes);
  const fields = new URLSearchParams(text);
  if (text === undefined || fields.size > maxFields)
    throw new ServerError("http/bad-request", "the form cannot be read");
  return fields;
}
