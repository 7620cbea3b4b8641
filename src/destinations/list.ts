/** The list of destinations: a new one is added here, and everything that differs by type follows from its descriptor. */
import { z } from 'zod';
import { archive } from './archive/descriptor.ts';
import type { Descriptor } from './descriptor.ts';
import { elastic } from './elastic/descriptor.ts';
import { file } from './file/descriptor.ts';
import { httpPreset } from './http-preset/descriptor.ts';
import { kafka } from './kafka/descriptor.ts';
import { otlp } from './otlp/descriptor.ts';
import { pagerduty } from './pagerduty/descriptor.ts';
import { sentinel } from './sentinel/descriptor.ts';
import { slack } from './slack/descriptor.ts';
import { splunkHec } from './splunk-hec/descriptor.ts';
import { teams } from './teams/descriptor.ts';
import { webhook } from './webhook/descriptor.ts';

export const DESTINATIONS = [
  splunkHec,
  slack,
  teams,
  pagerduty,
  httpPreset,
  webhook,
  elastic,
  otlp,
  kafka,
  sentinel,
  archive,
  file,
] as const satisfies readonly Descriptor[];

type Listed = (typeof DESTINATIONS)[number];

/** `type` of a destination in relay.yaml. */
export type DestinationType = Listed['type'];
/** Those that are called over HTTP. */
export type HttpDestinationType = Extract<Listed, { readonly needs: 'http' }>['type'];
/** A checked entry of `destinations:` in relay.yaml. */
export type DestinationConfig = z.output<Listed['config']>;

type SchemasOf<L extends readonly { readonly config: unknown }[]> = {
  readonly [K in keyof L]: L[K]['config'];
};

const schemas = DESTINATIONS.map(
  ({ config }) => config,
  // `map` forgets which schema stands where; the union of configs needs to know.
) as readonly Listed['config'][] as SchemasOf<typeof DESTINATIONS>;

/** An entry of `destinations:` in relay.yaml, by its `type`. */
export const destinationSchema = z.discriminatedUnion('type', schemas);

const byType: ReadonlyMap<string, Descriptor> = new Map(DESTINATIONS.map((each) => [each.type, each]));

/** The descriptor of a type. */
export function descriptorOf(type: DestinationType): Descriptor {
  const found = byType.get(type);
  if (found === undefined) throw new TypeError(`no destination has the type ${type}`);
  return found;
}

/** Whether alerts are folded into groups before an entry's destination is sent them: for people always, for machines with `group_alerts`. */
export function groupsAlerts(entry: DestinationConfig): boolean {
  return descriptorOf(entry.type).audience === 'people' || ('group_alerts' in entry && entry.group_alerts);
}

/** Where events go, for sentences: `Splunk HEC, Slack and webhooks`. Files are for trying things out and are left out. */
export function destinationTitles(): string {
  const titles = DESTINATIONS.filter(({ needs }) => needs !== 'files').map(({ title }) => title);
  return `${titles.slice(0, -1).join(', ')} and ${titles.at(-1)}`;
}

/** Where a destination connects. Paths and queries may be secret. Throws a TypeError for a type that writes files. */
export function addressesOf(config: DestinationConfig): readonly string[] {
  const descriptor = descriptorOf(config.type);
  if (descriptor.needs !== 'files') return descriptor.addresses(config);
  throw new TypeError(`${config.type} connects to nothing`);
}

/** An entry with one of its addresses alone. */
export interface OneAddress {
  /** The address without its query, which may hold a secret. */
  readonly address: string;
  readonly config: DestinationConfig;
}

/** Of an entry whose batches go to any of several addresses: each of these alone. Empty for others. */
export function eachAddress(config: DestinationConfig): readonly OneAddress[] {
  if (!('url' in config) || !Array.isArray(config.url) || config.url.length < 2) return [];
  return config.url.map((url) => {
    const { origin, pathname } = new URL(url);
    return { address: `${origin}${pathname === '/' ? '' : pathname}`, config: { ...config, url } };
  });
}
