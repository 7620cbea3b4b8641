/** Extracts the settings of relay.yaml that compiling rules needs. */

import { descriptorOf } from '../destinations/list.ts';
import type { RuleContext } from '../rules/ruleset.ts';
import { isTemplated } from '../shared/metadata-template.ts';
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
    ...metadataContext(config),
  };
}

/** How rows are filed at the destinations, where columns decide that or routes may. */
function metadataContext({
  destinations,
}: Pick<RelayConfig, 'destinations'>): Pick<RuleContext, 'metadata' | 'metadataKeys'> {
  const entries = Object.entries(destinations).map(([name, entry]) => {
    const { metadata } = descriptorOf(entry.type);
    return { name, keys: metadata?.keys ?? [], spec: metadata?.of(entry) ?? {} };
  });
  const decided = entries.filter(({ spec: { headers = {}, ...others } }) =>
    [...Object.values(others), ...Object.values(headers)].some(isTemplated),
  );
  return {
    metadata: Object.fromEntries(decided.map(({ name, spec }) => [name, spec])),
    metadataKeys: Object.fromEntries(entries.map(({ name, keys }) => [name, keys])),
  };
}
