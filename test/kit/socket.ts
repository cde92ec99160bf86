import { connect } from "node:net";

/** What a server sent on one connection until it closed it. */
export interface Spoken {
  readonly text: string;
  readonly statuses: readonly number[];
  /** Bodies that are JSON, in order. */
  readonly bodies: readonly unknown[];
}

/** Sends bytes as they are, which no HTTP client does, and listens until the server closes. */
export function speak(url: string, bytes: string): Promise<Spoken> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => (text += chunk));
    socket.on("error", reject);
    socket.on("close", () => {
      resolve({
        text,
        statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status]) => Number(status)),
        bodies: [...text.matchAll(/\r\n\r\n(\{.*?\})(?=HTTP\/|$)/gsu)].map(([, body]): unknown =>
          JSON.parse(body ?? ""),
        ),
      });
    });
  });
}
