/** Extracts the settings of relay.yaml that compiling rules needs. */
import { z } from 'zod';
import { DESTINATIONS, descriptorOf } from '../destinations/list.ts';
import { readingsOf } from '../destinations/reading.ts';
import type { RuleContext } from '../rules/ruleset.ts';
import { type FilingContext, filingContext, filingOf } from './filing-context.ts';
import type { RelayConfig } from './schema.ts';

/** The folders of rule files that a relay.yaml names; later ones win. */
export function ruleFolders({ transforms }: Pick<RelayConfig, 'transforms'>): readonly string[] {
  return typeof transforms === 'string' ? [transforms] : transforms;
}

/** The settings of a relay.yaml that compiling rules needs. */
export function ruleContext(config: RelayConfig): RuleContext {
  return {
    destinations: Object.keys(config.destinations),
    defaultDestinations: config.default_destinations,
    alerts: config.alerts,
    variables: config.variables,
    reading: readingsOf(config.destinations),
    ...metadataContext(config),
  };
}

/** How rows are filed at the destinations, where columns decide that or routes may. */
function metadataContext({ destinations }: Pick<RelayConfig, 'destinations'>): FilingContext {
  return filingContext(
    Object.entries(destinations).map(([name, entry]) => filingOf(name, descriptorOf(entry.type), entry)),
  );
}

/**
 * The same of entries that nobody has checked, since that takes their secrets: of each, only the keys that file rows are read, and which header `auth` sets. One that is
 * wrong counts as absent; `config --check` reports it.
 */
export function metadataOfUnchecked(destinations: Readonly<Record<string, unknown>>): FilingContext {
  return filingContext(
    Object.entries(destinations).flatMap(([name, entry]) => {
      const { data } = anEntry.safeParse(entry);
      const descriptor = DESTINATIONS.find(({ type }) => type === data?.type);
      if (!data || !descriptor) return [];
      const { metadata, config } = descriptorOf(descriptor.type);
      const keys = metadata?.keys ?? [];
      const read = [...keys, 'auth'].flatMap((key) => {
        const field = config.shape[key];
        const { data: value } = field ? z.safeParse(field, data[key]) : {};
        return value === undefined ? [] : [[key, value] as const];
      });
      const known = { headers: {}, ...Object.fromEntries(read) };
      const ownHeaders = metadata?.ownHeaders?.(known) ?? [];
      return [{ name, keys, spec: metadata?.of(known) ?? {}, ownHeaders }];
    }),
  );
}

const anEntry = z.looseObject({ type: z.string() });
