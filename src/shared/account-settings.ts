/** How a storage account is named and reached, as relay.yaml gives it and as the clients of Azure take it. */
export interface AccountSettings {
  /** Where it stands in relay.yaml, for messages: `storage`, `state`, `sources[1]`. */
  readonly setting: string;
  readonly account?: string | undefined;
  readonly blob_endpoint?: string | undefined;
  readonly connection_string?: string | undefined;
}
