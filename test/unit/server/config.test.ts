import { describe, expect, test } from "vitest";
import { addressMatcher, isLoopbackAddress, isLoopbackHost, readConfig } from "#server/config.ts";

describe("the configuration", () => {
  test("is a development server on loopback when nothing is said", () => {
    expect(readConfig({}, { data: "/d" })).toEqual({
      dataDir: "/d",
      env: "development",
      port: 8000,
      host: "127.0.0.1",
      log: "pretty",
      publicUrl: undefined,
      trustedProxies: [],
      statsd: undefined,
      retention: { days: 365, ofType: new Map() },
    });
  });

  test("keeps pings for days, by type where it says so", () => {
    const retentionOf = (text: string) => readConfig({ MULBERRY_RETENTION: text }).retention;
    expect(retentionOf("90")).toEqual({ days: 90, ofType: new Map() });
    expect(retentionOf("main=180, event=7")).toEqual({
      days: 365,
      ofType: new Map([
        ["main", 180],
        ["event", 7],
      ]),
    });
    for (const text of ["0", "main", "main=", "1.5", "90,,", "forever"])
      expect(() => retentionOf(text), text).toThrow(/MULBERRY_RETENTION must be/u);
  });

  test("lets flags win over the environment", () => {
    const environment = { MULBERRY_PORT: "1", MULBERRY_DATA: "/env" };
    expect(readConfig(environment, { port: "2", data: "/flag" })).toMatchObject({
      port: 2,
      dataDir: "/flag",
    });
  });

  test("takes an empty variable for one that is not set", () => {
    expect(readConfig({ MULBERRY_PORT: "", MULBERRY_ENV: "" })).toMatchObject({ port: 8000 });
  });

  test("names every problem in one error", () => {
    const read = (): unknown =>
      readConfig({
        MULBERRY_PROT: "8000",
        MULBERRY_PORT: "65536",
        MULBERRY_ENV: "staging",
        MULBERRY_LOG: "xml",
        MULBERRY_URL: "http://example.com",
        MULBERRY_TRUSTED_PROXIES: "10.0.0.0/33",
        DATABASE_URL: "mysql://eva:s3cret@x",
        STATSD_PORT: "8125",
      });

    expect(read).toThrow(
      expect.objectContaining({
        code: "config/invalid",
        message: expect.stringMatching(
          /MULBERRY_PROT.*MULBERRY_ENV.*MULBERRY_LOG.*MULBERRY_PORT.*MULBERRY_URL.*MULBERRY_TRUSTED_PROXIES.*STATSD_PORT is set.*DATABASE_URL must be/su,
        ) as unknown,
      }),
    );
  });

  test("sends metrics where STATSD_HOST says, to statsd's own port unless told otherwise", () => {
    const statsdOf = (environment: Readonly<Record<string, string>>) =>
      readConfig(environment).statsd;
    expect(statsdOf({ STATSD_HOST: "metrics" })).toEqual({ host: "metrics", port: 8125 });
    expect(statsdOf({ STATSD_HOST: "::1", STATSD_PORT: "9" })).toEqual({ host: "::1", port: 9 });
    expect(() => statsdOf({ STATSD_HOST: "two words" })).toThrow(/STATSD_HOST must be/u);
    expect(() => statsdOf({ STATSD_HOST: "x", STATSD_PORT: "y" })).toThrow(/STATSD_PORT must be/u);
  });

  test.each(["0.0.0.0", "::", "192.168.1.5", "example.com", "127.0.0.1.example.com"])(
    "keeps a development server off %s",
    (host) => {
      expect(() => readConfig({ MULBERRY_HOST: host })).toThrow(/loopback/u);
      expect(readConfig({ MULBERRY_HOST: host, MULBERRY_ENV: "production" }).host).toBe(host);
    },
  );

  test.each(["80x", "-1", "1e3", "", "070000"])("refuses the port %j from a flag", (port) => {
    expect(() => readConfig({}, { port })).toThrow(
      expect.objectContaining({ code: "config/invalid" }),
    );
  });
});

describe("loopback", () => {
  test.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])("is %s", (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
  });
  test.each(["128.0.0.1", "::2", "::ffff:10.0.0.1", "127.0.0.1.evil.example", ""])(
    "is not %j",
    (address) => {
      expect(isLoopbackAddress(address)).toBe(false);
    },
  );
  test.each(["localhost", "LOCALHOST", "[::1]", "127.0.0.1"])("is the host %s", (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });
  test.each(["localhost.example", "rebound.example", ""])("is not the host %j", (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});

test("an address matcher knows addresses and ranges of both families", () => {
  const matches = addressMatcher(["10.1.0.0/16", "::1", "2001:db8::/32"]);
  expect(["10.1.2.3", "::1", "2001:db8::5"].every(matches)).toBe(true);
  expect(["10.2.0.1", "::2", "2001:db9::1", "no address"].some(matches)).toBe(false);
});

describe("an identity provider", () => {
  const issuer = "https://id.example.org";

  test("is nobody where none is named, and goes by verified addresses where nothing else is said", () => {
    expect(readConfig({}).oidc).toBeUndefined();
    const named = { MULBERRY_OIDC_ISSUER: issuer, MULBERRY_OIDC_CLIENT_ID: "mulberry" };
    expect(readConfig(named).oidc).toEqual({
      issuer,
      clientId: "mulberry",
      clientSecret: undefined,
      claim: "email",
    });
  });

  test.each([
    [{ MULBERRY_OIDC_ISSUER: issuer }, /MULBERRY_OIDC_CLIENT_ID does not say/u],
    [{ MULBERRY_OIDC_CLIENT_SECRET: "x" }, /MULBERRY_OIDC_CLIENT_SECRET is set, but/u],
    [
      { MULBERRY_OIDC_ISSUER: "http://id.example.org", MULBERRY_OIDC_CLIENT_ID: "x" },
      /MULBERRY_OIDC_ISSUER must be an https: URL/u,
    ],
  ])("that is named as %j does not let the server start", (environment, said) => {
    expect(() => readConfig(environment)).toThrow(said);
  });
});
