import { createSocket } from "node:dgram";

/** A real socket that takes in what is sent to statsd. `await using` closes it. */
export interface Collector extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  /** Waits until the lines that came since the last call are enough, and gives them. */
  until(isEnough: (lines: readonly string[]) => boolean): Promise<readonly string[]>;
}

/** Opens one on a free port of this machine. */
export async function openCollector(): Promise<Collector> {
  const socket = createSocket("udp4");
  let lines: string[] = [];
  let isOpen = true;
  let heard: () => void = () => undefined;
  socket.on("message", (packet) => {
    const text = packet.toString();
    lines.push(...text.split("\n").filter((line) => line !== ""));
    heard();
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, "127.0.0.1", resolve);
  });
  return {
    address: { host: "127.0.0.1", port: socket.address().port },
    async until(isEnough) {
      while (!isEnough(lines))
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      const all = lines;
      lines = [];
      return all;
    },
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      isOpen = false;
      await new Promise<void>((resolve) => {
        socket.close(resolve);
      });
    },
  };
}
