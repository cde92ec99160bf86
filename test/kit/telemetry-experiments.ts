/** The example of Telemetry Experiments' own handbook, with the times moved. */
export function anExperimentFile(
  change: object = {},
  conditions: object = {},
): { readonly manifest: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>> {
  return {
    publish: true,
    priority: 2,
    name: "Flash Protected-Mode Testing",
    description: "Measuring the effect of Flash protected mode on crashes and hangs.",
    info: '<p><a href="https://bugs.example/1110215">Related bug</a></p>',
    ...change,
    manifest: {
      id: "flash-protectedmode-beta35@experiments.example",
      startTime: 1_793_000_000,
      endTime: 1_800_000_000,
      maxActiveSeconds: 2_764_800,
      appName: ["Firefox"],
      channel: ["beta"],
      os: ["WINNT"],
      minVersion: "35.0",
      minBuildID: "20141215000000",
      maxVersion: "37.*",
      sample: 0.1,
      disabled: false,
      ...conditions,
    },
  };
}
