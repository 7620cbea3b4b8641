/** Declares the parts of WebAssembly that the code uses, because only TypeScript's libraries for browsers have them. The Worker's types have their own. */

declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
