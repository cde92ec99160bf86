import { crc32 } from "node:zlib";
import type { Ping } from "#telemetry/pings.ts";

// What browsers say about themselves has a long tail of spellings. These are the few values that
// Mozilla's own pipeline makes of them, so that numbers here and there can be held side by side.

/** Every release channel that is told apart. */
export const normalChannels = ["release", "esr", "beta", "aurora", "nightly", "Other"] as const;
export type NormalChannel = (typeof normalChannels)[number];

/** The release channel: letters in the wrong case are another channel, as they always were. */
export function normalChannel(channel: string): NormalChannel {
  const known = normalChannels.find((name) => name === channel);
  if (known !== undefined) return known;
  // Builds that somebody customised.
  if (channel.startsWith("nightly-cck-")) return "nightly";
  return channel.startsWith("beta") ? "beta" : "Other";
}

/** Every kind of operating system that is told apart. */
export type NormalOs = "Windows" | "Mac" | "Linux" | "iOS" | "Android" | "Other";

/** The operating system, of which browsers have many names. */
export function normalOs(name: string): NormalOs {
  if (/^(?:Windows|WINNT)/u.test(name)) return "Windows";
  if (name.startsWith("Darwin")) return "Mac";
  if (/Linux|BSD|SunOS/u.test(name)) return "Linux";
  if (/^iOS|iPhone/u.test(name)) return "iOS";
  return name.startsWith("Android") ? "Android" : "Other";
}

/** At most three numbers of a version; `""` where it begins with none. */
export function normalOsVersion(version: string): string {
  return /^\d+(?:\.\d+){0,2}/u.exec(version)?.[0] ?? "";
}

/** A country's code of two letters (ISO 3166-1 alpha-2) in upper case, or `Other`. */
export function normalCountry(code: string): string {
  const upper = code.toUpperCase();
  return /^[A-Z]{2}$/u.test(upper) ? upper : "Other";
}

/** Which hundredth of all clients one is in, from 0 to 99: the same for every ping of it. */
export function sampleIdOf(clientId: string): number {
  return crc32(clientId.toLowerCase()) % 100;
}

/** What a ping says about its browser, in few values. */
export interface Normal {
  readonly channel: NormalChannel;
  readonly os: NormalOs;
  readonly osVersion: string;
  /** `null` where no address told one. */
  readonly country: string | null;
  readonly sampleId: number;
}

/** @param country - as the edge stored it */
export function normalize(ping: Ping, country: string | undefined): Normal {
  const { name, version } = ping.environment?.system.os ?? { name: "", version: "" };
  return {
    channel: normalChannel(ping.application.channel),
    os: normalOs(name),
    osVersion: normalOsVersion(version),
    country: country ?? null,
    sampleId: sampleIdOf(ping.clientId),
  };
}
