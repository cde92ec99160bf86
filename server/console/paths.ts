/** Where a recipe's page is. */
export function recipePath(id: number): string {
  return `/console/recipes/${String(id)}/`;
}

/** Where the page of one of its revisions is. */
export function revisionPath(id: number, number: number): string {
  return `${recipePath(id)}revisions/${String(number)}/`;
}
