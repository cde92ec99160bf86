import { expect, test } from "vitest";
import {
  normalChannel,
  normalCountry,
  normalOs,
  normalOsVersion,
  sampleIdOf,
} from "#server/ingest/normalize.ts";

// The cases of Mozilla's own pipeline, and a few more.

test.each([
  ["release", "release"],
  ["esr", "esr"],
  ["beta", "beta"],
  ["aurora", "aurora"],
  ["nightly", "nightly"],
  ["nightly-cck-ubuntu", "nightly"],
  ["nightly-mine", "Other"],
  ["beta-cdntest", "beta"],
  ["betastop", "beta"],
  ["esr52", "Other"],
  ["Release", "Other"],
  ["", "Other"],
])("the channel %j is %s", (channel, normal) => {
  expect(normalChannel(channel)).toBe(normal);
});

test.each([
  ["Windows", "Windows"],
  ["WINNT", "Windows"],
  ["Windows_NT", "Windows"],
  ["Darwin", "Mac"],
  ["Linux", "Linux"],
  ["GNU/Linux", "Linux"],
  ["FreeBSD", "Linux"],
  ["iOS", "iOS"],
  ["Android", "Android"],
  ["AIX", "Other"],
  ["not Windows", "Other"],
])("the operating system %j is %s", (name, normal) => {
  expect(normalOs(name)).toBe(normal);
});

test.each([
  ["10.10.3.4.1", "10.10.3"],
  ["3.10.0-957.el7", "3.10.0"],
  ["10", "10"],
  ["6.1", "6.1"],
  ["hi", ""],
  ["", ""],
])("the version %j is %j", (version, normal) => {
  expect(normalOsVersion(version)).toBe(normal);
});

test.each([
  ["fi", "FI"],
  ["FI", "FI"],
  ["FII", "Other"],
  ["f", "Other"],
  ["", "Other"],
])("the country %j is %s", (code, normal) => {
  expect(normalCountry(code)).toBe(normal);
});

test.each([
  ["2907648d-711b-4e9f-94b5-52a2b40a44b1", 67],
  ["0E085F25-DD1C-412A-86C7-177D1B5AA5EB", 12],
  ["0e085f25-dd1c-412a-86c7-177d1b5aa5eb", 12],
])("the client %s is in hundredth %i", (clientId, sampleId) => {
  expect(sampleIdOf(clientId)).toBe(sampleId);
});
