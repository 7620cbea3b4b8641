/** The types of destinations, each of which is a part of its own that is loaded when relay.yaml names it. */
import type { DESTINATIONS, DestinationType } from '../../../src/destinations/list.ts';

/** The descriptor of a type. */
export type Described = (typeof DESTINATIONS)[number];

const LOADERS: Readonly<Record<DestinationType, () => Promise<Described>>> = {
  splunk_hec: async () => (await import('../../../src/destinations/splunk-hec/descriptor.ts')).splunkHec,
  slack: async () => (await import('../../../src/destinations/slack/descriptor.ts')).slack,
  teams: async () => (await import('../../../src/destinations/teams/descriptor.ts')).teams,
  pagerduty: async () => (await import('../../../src/destinations/pagerduty/descriptor.ts')).pagerduty,
  http_preset: async () => (await import('../../../src/destinations/http-preset/descriptor.ts')).httpPreset,
  webhook: async () => (await import('../../../src/destinations/webhook/descriptor.ts')).webhook,
  elastic: async () => (await import('../../../src/destinations/elastic/descriptor.ts')).elastic,
  otlp: async () => (await import('../../../src/destinations/otlp/descriptor.ts')).otlp,
  kafka: async () => (await import('../../../src/destinations/kafka/descriptor.ts')).kafka,
  sentinel: async () => (await import('../../../src/destinations/sentinel/descriptor.ts')).sentinel,
  archive: async () => (await import('../../../src/destinations/archive/descriptor.ts')).archive,
  file: async () => (await import('../../../src/destinations/file/descriptor.ts')).file,
};

/** `type` of every destination. */
export const TYPES: readonly string[] = Object.keys(LOADERS);

function isType(name: string): name is DestinationType {
  return Object.hasOwn(LOADERS, name);
}

/** The descriptors of these types, by type; names of no type are left out. */
export async function descriptorsOf(names: Iterable<string>): Promise<ReadonlyMap<string, Described>> {
  const loaded = [...new Set(names)]
    .filter(isType)
    .map(async (type) => [type, await LOADERS[type]()] as const);
  return new Map(await Promise.all(loaded));
}
