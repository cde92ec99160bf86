import { writevSync } from "node:fs";
import { mkdir, open, statfs } from "node:fs/promises";

// What the writer asks of a file system, so that a test can be the disk that is full or broken.

export interface AppendFile {
  /** Writes all of it at `position` or throws; after a throw any part of it may be there. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** Resolves once every byte written survives a power loss. */
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface Files {
  makeFolder(path: string): Promise<void>;
  /** @throws when `fresh` and the file is there already, or not `fresh` and it is not */
  open(path: string, options: { readonly fresh: boolean }): Promise<AppendFile>;
  /** Makes the names in a folder survive a power loss. */
  syncFolder(path: string): Promise<void>;
  /** Bytes that we may still write on the disk of `path`. */
  freeBytes(path: string): Promise<number>;
}

/** The machine's own file system. */
export const nodeFiles: Files = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },

  async open(path, { fresh }) {
    const handle = await open(path, fresh ? "wx" : "r+", 0o600);
    return {
      // Copies into the system's memory: to be done by another thread it would be waited for longer.
      async write(buffers, position) {
        let rest = [...buffers];
        let at = position;
        for (;;) {
          const wanted = rest.reduce((sum, buffer) => sum + buffer.length, 0);
          if (wanted === 0) return;
          const bytesWritten = writevSync(handle.fd, rest, at);
          if (bytesWritten === wanted) return;
          // A disk that fills up takes a part; the next call then names the error.
          rest = [Buffer.concat(rest).subarray(bytesWritten)];
          at += bytesWritten;
        }
      },
      datasync: () => handle.datasync(),
      truncate: (length) => handle.truncate(length),
      close: () => handle.close(),
    };
  },

  async syncFolder(path) {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};
