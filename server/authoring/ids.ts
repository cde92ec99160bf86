/**
 * Ids for new recipes: one above the highest, and so on; once no number is left up there, those that
 * nobody has, from 1. So a recipe whose author gave it the highest number of all stops nobody.
 *
 * @param used - every id that is taken
 */
export function* freeIds(used: Iterable<number>): Generator<number, never> {
  const taken = new Set(used);
  let highest = 0;
  for (const id of taken) highest = Math.max(highest, id);
  while (highest < Number.MAX_SAFE_INTEGER) {
    highest += 1;
    yield highest;
  }
  for (let id = 1; ; id += 1) if (!taken.has(id)) yield id;
}
