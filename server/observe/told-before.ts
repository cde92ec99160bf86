import type { LogFields } from "./log.ts";

/** Lines that are said again and again are few; who asks for roots by the million is not remembered. */
const mostLines = 1_000;
/** What takes so long, in milliseconds, is hardly ever said again. */
const longMs = 1_000;

/**
 * The fields of a request's line, one object for one content: the log puts each together only once.
 * For what is answered so often that the line would take longer than the answer.
 */
export class ToldBefore {
  #byPath = new Map<string, Map<number, LogFields[]>>();
  #lines = 0;

  /** @param ms - how long it took, a whole number */
  fields(method: string, path: string, code: number, ms: number): LogFields {
    if (ms >= longMs) return { method, path, code, ms };
    if (this.#lines >= mostLines) {
      this.#byPath = new Map();
      this.#lines = 0;
    }
    let ofPath = this.#byPath.get(path);
    if (ofPath === undefined) this.#byPath.set(path, (ofPath = new Map<number, LogFields[]>()));
    const key = code * longMs + ms;
    let alike = ofPath.get(key);
    if (alike === undefined) ofPath.set(key, (alike = []));
    let found = alike.find((one) => one["method"] === method);
    if (found === undefined) {
      alike.push((found = { method, path, code, ms }));
      this.#lines += 1;
    }
    return found;
  }
}
