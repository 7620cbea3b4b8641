/** What rows decide of how they are filed at a destination. */

/** The keys of a destination, or of a route, that can be templates. */
export const METADATA_KEYS = ['index', 'sourcetype', 'source', 'host', 'channel', 'topic'] as const;
export type MetadataKey = (typeof METADATA_KEYS)[number];

/** What was filled in for one delivery. Equal values are one object. */
export interface Metadata extends Readonly<Partial<Record<MetadataKey, string>>> {
  readonly headers?: Readonly<Record<string, string>>;
}
