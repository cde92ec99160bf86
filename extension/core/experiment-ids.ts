import { digest } from "./digest.ts";

/** Above every number that a server gives to a recipe by counting. */
const firstId = 2 ** 52;

/** The number under which an experiment of QA's manifest is a recipe in this browser. */
export function experimentId(id: string): number {
  return firstId + Number.parseInt(digest(id).slice(0, 12), 16);
}

/** Whether an enrolment is of such an experiment. */
export function isExperiment(recipeId: number): boolean {
  return recipeId >= firstId;
}
