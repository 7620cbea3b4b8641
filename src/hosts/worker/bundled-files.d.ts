/** What deploy/cloudflare/bundle.ts makes of relay.yaml and its rule files: a Worker has no file system. */
declare module 'xdr-relay-files' {
  export const config: { readonly path: string; readonly text: string };
  /** Preset files, by the keys that `presetKey` gives them. */
  export const presets: readonly { readonly key: string; readonly text: string }[];
  /** Databases in base64. */
  export const rules: readonly {
    readonly path: string;
    readonly text: string;
    readonly modified?: number;
    readonly database?: string;
  }[];
}
