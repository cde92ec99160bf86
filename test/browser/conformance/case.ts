import type { History } from "#kit/conformance/history.ts";

/** A history written by hand. */
export interface Case {
  readonly called: string;
  /** What Firefox's modules tell, each as method and reason: else the history could miss its subject. */
  readonly told: readonly string[];
  readonly history: History;
}
