/**
 * The name that somebody probably meant: one that differs in case only, that the written one begins
 * or that begins with it, that it shortens, or that a typing error or two lead to.
 *
 * @returns `undefined` when none is near
 */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const wanted = written.toLowerCase();
  const same = names.find((name) => name.toLowerCase() === wanted);
  if (same !== undefined) return same;
  const reach = Math.max(1, Math.floor(written.length / 3));
  const [best] = names
    .map((name) => ({ name, distance: distanceOf(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance);
  if (best !== undefined) return best.name;
  if (written.length < 3) return undefined;
  return names.find((name) => {
    const lower = name.toLowerCase();
    return lower.startsWith(wanted) || wanted.startsWith(lower) || isShort(wanted, lower);
  });
}

/** Whether a word is what remains of a name when letters are left out: `verCompare` of `versionCompare`. */
function isShort(word: string, name: string): boolean {
  let found = 0;
  for (const letter of name) if (letter === word[found]) found += 1;
  return found === word.length && word[0] === name[0] && word.length * 2 > name.length;
}

/** As the end of a sentence: `; did you mean "version"?`, or nothing. */
export function didYouMean(written: string, names: readonly string[]): string {
  const name = nearest(written, names);
  return name === undefined ? "" : `; did you mean ${JSON.stringify(name)}?`;
}

/** How many letters must be added, dropped, exchanged or swapped with their neighbour. */
function distanceOf(from: string, to: string): number {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const isSame = from.charAt(i - 1) === to.charAt(j - 1);
      const isSwapped =
        i > 1 &&
        j > 1 &&
        from.charAt(i - 1) === to.charAt(j - 2) &&
        from.charAt(i - 2) === to.charAt(j - 1);
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    before = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
