/** Where a recipe's page is. */
export function recipePath(id: number): string {
  return `/console/recipes/${String(id)}/`;
}

/** Where a new one is written. */
export const newPath = "/console/recipes/new/";

/** Where its next revision is written. */
export function editPath(id: number | ":id"): string {
  return `/console/recipes/${String(id)}/edit/`;
}

/** Where the page of one of its revisions is. */
export function revisionPath(id: number, number: number): string {
  return `${recipePath(id)}revisions/${String(number)}/`;
}
