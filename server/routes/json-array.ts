import { setImmediate as nextTurn } from "node:timers/promises";

/** Text that is gathered before it is sent on, in UTF-16 units. */
const chunkLength = 65_536;

/**
 * A JSON array of whatever number of values as a body that is made while it is sent: it holds one chunk
 * in memory, waits for a slow reader, lets other requests have their turn, and ends the reading of
 * values when the reader leaves.
 */
export function jsonArrayBody(values: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  const source = chunks(values);
  return new ReadableStream(
    {
      async pull(controller) {
        const step = await source.next();
        if (step.done === true) controller.close();
        else controller.enqueue(step.value);
      },
      async cancel() {
        await source.return(undefined);
      },
    },
    // Nothing is read before somebody asks for it.
    { highWaterMark: 0 },
  );
}

async function* chunks(values: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, undefined> {
  const encoder = new TextEncoder();
  let text = "[";
  let separator = "";
  for await (const value of values) {
    text += separator + JSON.stringify(value);
    separator = ",";
    if (text.length < chunkLength) continue;
    yield encoder.encode(text);
    text = "";
    await nextTurn();
  }
  yield encoder.encode(`${text}]`);
  return undefined;
}
