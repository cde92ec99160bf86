import { execFile } from "node:child_process";
import { promisify } from "node:util";

const script = `
  import { DuckDBInstance } from "@duckdb/node-api";
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const rows = await connection.runAndReadAll(process.argv[1]);
  console.log(JSON.stringify(rows.getRowObjectsJson()));
`;

/** What DuckDB alone, in a process that holds nothing of ours, answers to a query. */
export async function askDuckDb(sql: string): Promise<readonly unknown[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", script, sql],
    { cwd: import.meta.dirname, maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as readonly unknown[];
}

/** Every file of an archive, as DuckDB's own SQL names them. */
export function allParts(dataDir: string): string {
  return `'${dataDir}/archive/**/*.parquet'`;
}
