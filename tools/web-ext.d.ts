// What we call of modules that bring no types of their own.

declare module "web-ext" {
  /** Browsers that `run` has started. */
  interface Runner {
    /** @throws Error when it has ended already */
    exit(): Promise<void>;
    /** Calls it when they have all ended. */
    registerCleanup(done: () => void): void;
  }
  const webExt: {
    readonly cmd: {
      lint(options: object, extra: object): Promise<unknown>;
      run(options: object, extra?: object): Promise<Runner>;
    };
  };
  export default webExt;
}

declare module "web-ext/util/logger" {
  /** Where all of it is told: captured, nothing is printed. */
  export const consoleStream: { startCapturing(): void; stopCapturing(): void };
}

declare module "*/web-ext-config.js" {
  const options: {
    readonly lint: object;
    readonly run: { readonly pref: Readonly<Record<string, string | number | boolean>> };
  };
  export default options;
}
