import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** Works with a DuckDB of `openDuck`. */
export async function usingDuck<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const duck = await openDuck();
  try {
    return await work(duck.connection);
  } finally {
    duck.close();
  }
}

/**
 * Opens a DuckDB in memory, which reads and writes files where it is told to and nowhere else,
 * spills nothing to disk, fetches no extensions and leaves a core to the rest.
 */
export async function openDuck(): Promise<{
  readonly connection: DuckDBConnection;
  close(): void;
}> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    memory_limit: "1GiB",
    // What clients sent would otherwise lie in a folder that no deletion looks into.
    temp_directory: "",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A text as SQL writes it. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A reading of files by their exact names: `read_parquet` takes each name for a pattern. */
export function readParquet(files: readonly string[], options = ""): string {
  const names = files.map((file) => sqlText(file.replaceAll(/[[*?]/gu, "[$&]")));
  return `read_parquet([${names.join(", ")}]${options})`;
}
