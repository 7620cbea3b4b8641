/** What the code uses of WebAssembly: of TypeScript's libraries only those for browsers have it. The Worker's types have their own. */

declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
