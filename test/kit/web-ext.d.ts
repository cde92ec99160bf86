// What we call of two modules that bring no types of their own.

declare module "web-ext" {
  const webExt: {
    readonly cmd: { lint(options: object, extra: object): Promise<unknown> };
  };
  export default webExt;
}

declare module "*/web-ext-config.js" {
  const options: { readonly lint: object };
  export default options;
}
