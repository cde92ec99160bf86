import { BlockList, isIP } from "node:net";
import { resolve } from "node:path";
import { ServerError } from "./errors.ts";
import { type OidcConfig, oidcVariables, parseOidc } from "./oidc-config.ts";
import { parseRetention, type Retention } from "./retention.ts";

export type ServerEnvironment = "development" | "production";
export type LogFormat = "mozlog" | "pretty";

/** Everything the environment and the command line can say about a server, parsed. */
export interface ServerConfig {
  /** Absolute path. */
  readonly dataDir: string;
  readonly env: ServerEnvironment;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  readonly log: LogFormat;
  /** Where clients reach this server, without a trailing slash; `undefined` means where it listens. */
  readonly publicUrl: string | undefined;
  /** Addresses whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Where metrics go by UDP; `undefined` sends none. */
  readonly statsd: { readonly host: string; readonly port: number } | undefined;
  readonly retention: Retention;
  /** Who vouches for people at the console; `undefined` where they sign in with tokens alone. */
  readonly oidc: OidcConfig | undefined;
  /** The PostgreSQL that is the store of record; `undefined` is the embedded one in the data folder. */
  readonly databaseUrl: string | undefined;
}

/** What command-line flags say; they win over the environment. */
export interface ConfigFlags {
  readonly data?: string | undefined;
  readonly port?: string | undefined;
  readonly host?: string | undefined;
}

/** Every variable with this prefix that has a meaning; another one is a typing error worth stopping for. */
const variables = [
  "MULBERRY_DATA",
  "MULBERRY_PORT",
  "MULBERRY_HOST",
  "MULBERRY_ENV",
  "MULBERRY_LOG",
  "MULBERRY_URL",
  "MULBERRY_TRUSTED_PROXIES",
  "MULBERRY_RETENTION",
  ...oidcVariables,
] as const;
/** Variables of the tools beside the server, which may stand in the same environment. */
const ofTools: readonly string[] = ["MULBERRY_FIREFOX", "MULBERRY_CHROMIUM"];
/** Variables of who runs a command, which say nothing of the server. */
const ofPeople: readonly string[] = ["MULBERRY_TOKEN", "MULBERRY_TOKEN_FILE"];
type Variable = (typeof variables)[number] | "DATABASE_URL" | "STATSD_HOST" | "STATSD_PORT";

/**
 * Reads the configuration.
 *
 * @throws ServerError `config/invalid`, one error that names every problem found
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: ConfigFlags = {},
): ServerConfig {
  const problems: string[] = [];
  const value = (name: Variable): string | undefined => {
    const text = environment[name];
    return text === undefined || text === "" ? undefined : text;
  };

  for (const name of Object.keys(environment)) {
    const isKnown = [...variables, ...ofTools, ...ofPeople].includes(name);
    if (name.startsWith("MULBERRY_") && !isKnown)
      problems.push(`${name} is not a variable of this server (known: ${variables.join(", ")})`);
  }

  const env = oneOf(value("MULBERRY_ENV"), ["development", "production"], "MULBERRY_ENV", problems);
  const log = oneOf(value("MULBERRY_LOG"), ["mozlog", "pretty"], "MULBERRY_LOG", problems);
  const host = flags.host ?? value("MULBERRY_HOST") ?? "127.0.0.1";
  const hostName = flags.host === undefined ? "MULBERRY_HOST" : "--host";
  if (!isHostText(host))
    problems.push(`${hostName} must be an address or a name, not ${JSON.stringify(host)}`);
  else if ((env ?? "development") === "development" && !isLoopbackHost(host))
    problems.push(
      `${hostName} is ${host}, but a development server listens on loopback only (127.0.0.1, ::1, localhost): use MULBERRY_ENV=production`,
    );

  const config: ServerConfig = {
    dataDir: resolve(flags.data ?? value("MULBERRY_DATA") ?? ".mulberry"),
    env: env ?? "development",
    port: parsePort(
      flags.port ?? value("MULBERRY_PORT"),
      { name: flags.port === undefined ? "MULBERRY_PORT" : "--port", otherwise: 8_000 },
      problems,
    ),
    host,
    log: log ?? (env === "production" ? "mozlog" : "pretty"),
    publicUrl: parsePublicUrl(value("MULBERRY_URL"), problems),
    trustedProxies: parseProxies(value("MULBERRY_TRUSTED_PROXIES"), problems),
    statsd: parseStatsd(value("STATSD_HOST"), value("STATSD_PORT"), problems),
    retention: retentionIn(value("MULBERRY_RETENTION"), problems),
    oidc: parseOidc(value, (text) => serverUrlIn(text) !== undefined, problems),
    databaseUrl: parseDatabaseUrl(value("DATABASE_URL"), problems),
  };
  if (problems.length > 0) throw new ServerError("config/invalid", problems.join("; "));
  return config;
}

/** Whether a text can be an address or a name at all. */
export function isHostText(text: string): boolean {
  return /^[A-Za-z0-9.:\-_]+$/u.test(text);
}

/** Whether a name or address can only be this machine itself. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/gu, "").toLowerCase();
  return bare === "localhost" || isLoopbackAddress(bare);
}

/** Whether an address, IPv4-mapped ones included, is loopback. */
export function isLoopbackAddress(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/u, "");
  return plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."));
}

/** A matcher for addresses and CIDR ranges that {@link readConfig} has checked. */
export function addressMatcher(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) addToList(list, entry);
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
  };
}

function addToList(list: BlockList, entry: string): boolean {
  const [address = "", prefix, ...rest] = entry.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  if (prefix === undefined) {
    list.addAddress(address, type);
    return true;
  }
  const bits = Number(prefix);
  if (!/^\d{1,3}$/u.test(prefix) || bits > (family === 4 ? 32 : 128)) return false;
  list.addSubnet(address, bits, type);
  return true;
}

function oneOf<const T extends string>(
  text: string | undefined,
  allowed: readonly T[],
  name: string,
  problems: string[],
): T | undefined {
  if (text === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === text);
  if (found === undefined)
    problems.push(`${name} must be ${allowed.join(" or ")}, not ${JSON.stringify(text)}`);
  return found;
}

/** A port as a flag or variable says it, from 0 to 65535; `undefined` for any other text. */
export function portIn(text: string): number | undefined {
  return /^\d{1,5}$/u.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function parsePort(
  text: string | undefined,
  { name, otherwise }: { readonly name: string; readonly otherwise: number },
  problems: string[],
): number {
  const port = text === undefined ? otherwise : portIn(text);
  if (port === undefined)
    problems.push(`${name} must be a port from 0 to 65535, not ${JSON.stringify(text)}`);
  return port ?? otherwise;
}

function parseStatsd(
  host: string | undefined,
  portText: string | undefined,
  problems: string[],
): ServerConfig["statsd"] {
  const port = parsePort(portText, { name: "STATSD_PORT", otherwise: 8_125 }, problems);
  if (host === undefined) {
    if (portText !== undefined)
      problems.push("STATSD_PORT is set, but STATSD_HOST does not say where metrics go");
    return undefined;
  }
  if (!isHostText(host))
    problems.push(`STATSD_HOST must be an address or a name, not ${JSON.stringify(host)}`);
  return { host, port };
}

function retentionIn(text: string | undefined, problems: string[]): Retention {
  const retention = parseRetention(text);
  if (retention === undefined)
    problems.push(
      `MULBERRY_RETENTION must be a number of days, and others by type, as in 365,main=180, not ${JSON.stringify(text)}`,
    );
  return retention ?? { days: Infinity, ofType: new Map() };
}

/** The origin (and path) of a server that clients may ask, without a trailing slash; `undefined` for any other text. */
export function serverUrlIn(text: string): string | undefined {
  const url = URL.parse(text);
  const isUsable =
    url !== null &&
    (url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname))) &&
    url.search === "" &&
    url.hash === "" &&
    url.username === "";
  return isUsable ? url.href.replace(/\/+$/u, "") : undefined;
}

function parsePublicUrl(text: string | undefined, problems: string[]): string | undefined {
  const url = text === undefined ? undefined : serverUrlIn(text);
  if (text === undefined || url !== undefined) return url;
  problems.push(
    `MULBERRY_URL must be an https: URL (or http: on loopback) without query, not ${JSON.stringify(text)}`,
  );
  return undefined;
}

function parseDatabaseUrl(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined || /^postgres(?:ql)?:\/\//u.test(text)) return text;
  // Not shown: it may hold a password.
  problems.push("DATABASE_URL must be a postgres:// URL; leave it out for the embedded store");
  return undefined;
}

function parseProxies(text: string | undefined, problems: string[]): readonly string[] {
  if (text === undefined) return [];
  const entries = text.split(",").map((entry) => entry.trim());
  const scratch = new BlockList();
  for (const entry of entries) {
    if (!addToList(scratch, entry))
      problems.push(
        `MULBERRY_TRUSTED_PROXIES must list addresses or CIDR ranges, not ${JSON.stringify(entry)}`,
      );
  }
  return entries;
}
