import type { LogFields } from "./log.ts";

/** Paths of the read side are few; who asks for roots by the million is not remembered. */
const mostPaths = 1_000;

/**
 * The fields of a request's line, one object for one content: the log puts each together only once.
 * For what is answered from memory, where the line would take longer than the answer.
 */
export class ToldBefore {
  #byPath = new Map<string, LogFields[]>();

  fields(method: string, path: string, code: number): LogFields {
    let ofPath = this.#byPath.get(path);
    if (ofPath === undefined) {
      if (this.#byPath.size >= mostPaths) this.#byPath = new Map();
      this.#byPath.set(path, (ofPath = []));
    }
    let found = ofPath.find((one) => one["code"] === code && one["method"] === method);
    if (found === undefined) ofPath.push((found = { method, path, code, ms: 0 }));
    return found;
  }
}
