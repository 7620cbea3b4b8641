/** The settings that identify a storage account and say how to reach it: relay.yaml has them, and Azure's clients are made from them. */
export interface AccountSettings {
  /** The account's key in relay.yaml, for messages: `storage`, `state`, `sources[1]`. */
  readonly setting: string;
  readonly account?: string | undefined;
  readonly blob_endpoint?: string | undefined;
  readonly connection_string?: string | undefined;
  /** The suffix of the account's addresses if neither an endpoint nor a connection string says it. Default: the public cloud's. */
  readonly storageSuffix?: string | undefined;
}
