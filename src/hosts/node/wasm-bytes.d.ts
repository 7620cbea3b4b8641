/** What a file of WebAssembly is to scripts/build.ts: its bytes. To a Worker it is a module; its types have that. */
declare module '*.wasm' {
  const bytes: Uint8Array;
  // biome-ignore lint/style/noDefaultExport: how esbuild exports it
  export default bytes;
}
