import { InvalidArgumentError } from "commander";
import { isBuildText } from "../aggregate/send-failures.ts";
import { maxTokenDays } from "../authoring/people.ts";
import { isRole, isScope } from "../authoring/roles.ts";
import { isHostText, portIn, serverUrlIn } from "../config.ts";
import type { Role, Scope } from "../store/ports-people.ts";

// Values of options and arguments. A bad one is wrong usage: one line, exit code 2.

/** `--port`: as it was written, for the configuration to read. */
export function parsePort(text: string): string {
  if (portIn(text) !== undefined) return text;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

/** `--host`: an address or a name. */
export function parseHost(text: string): string {
  if (isHostText(text)) return text;
  throw new InvalidArgumentError("It must be an address or a name.");
}

/** `--server`: where clients reach a server, without a trailing slash. */
export function parseServerUrl(text: string): string {
  const url = serverUrlIn(text);
  if (url !== undefined) return url;
  throw new InvalidArgumentError(
    "It must be an https: URL (or http: on loopback) without a query.",
  );
}

/** `--since` and `--until`: an ISO 8601 date as it was written. */
export function parseDate(text: string): string {
  if (!Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError("It must be an ISO 8601 date, for example 2026-11-22T10:00:00Z.");
}

/** `--build-from` and `--build-to`: a build's moment or the beginning of it. */
export function parseBuild(text: string): string {
  if (isBuildText(text)) return text;
  throw new InvalidArgumentError(
    "It must be a build id or the beginning of one, for example 20261122.",
  );
}

/** `--days`: how long a halt holds. */
export function parseDays(text: string): number {
  if (/^[1-9]\d{0,2}$/u.test(text) && Number(text) <= 730) return Number(text);
  throw new InvalidArgumentError("It must be a number from 1 to 730.");
}

/** A number of things, or of one thing among others of its kind. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number from 1 to 9999999.");
}

/** A person's role. */
export function parseRole(text: string): Role {
  if (isRole(text)) return text;
  throw new InvalidArgumentError("It must be viewer, author, approver or admin.");
}

/** `--scopes`: what a token is for. */
export function parseScopes(text: string): readonly Scope[] {
  const named = text.split(",");
  const scopes = named.filter(isScope);
  if (scopes.length === named.length) return scopes;
  throw new InvalidArgumentError("It must be a list of read, write, stop, approve and people.");
}

/** `--days` of a token. */
export function parseTokenDays(text: string): number {
  if (/^[1-9]\d?$/u.test(text) && Number(text) <= maxTokenDays) return Number(text);
  throw new InvalidArgumentError(`It must be a number from 1 to ${String(maxTokenDays)}.`);
}
