/** A recipe as its author writes it: without what a server gives. */
export function inFile(recipe: object, change: object = {}): object {
  const given = { id: 0, slug: "", revision_id: "" };
  const { id: _id, slug: _slug, revision_id: _revision, ...draft } = { ...given, ...recipe };
  return { ...draft, ...change };
}
