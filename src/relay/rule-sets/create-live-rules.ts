/** Makes the live rules of a relay.yaml. */
import { ruleContext } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import type { List } from '../../rules/lists/list.ts';
import type { RuleContext } from '../../rules/ruleset.ts';
import { actionTypesOf } from '../../rules/schema/index.ts';
import type { KnownDetections } from '../../rules/sigma/index.ts';
import { LiveRules, type LiveRulesDeps } from './live-rules.ts';
import type { RulesHost } from './records.ts';

/** Makes the live rules of a relay.yaml; no rules are loaded yet. */
export function createLiveRules(
  config: RelayConfig,
  host: RulesHost,
  {
    strict,
    devices,
    knownDetections,
    documents,
    clock,
    logger,
    metrics,
  }: Omit<LiveRulesDeps, 'context' | 'host'> & {
    /** The list of devices of this process. */
    readonly devices?: List;
    /** What Sigma rules were compiled to before. */
    readonly knownDetections?: KnownDetections;
  },
): LiveRules {
  const context: RuleContext = {
    ...ruleContext(config),
    now: () => clock.now(),
    onMetadataDefault: (destination, type) =>
      metrics.count('xdr_relay_metadata_default_total', { destination, type }),
    ...(devices && { devices }),
    ...(knownDetections && { knownDetections }),
    onShapeFallback: (table, action) =>
      metrics.count('xdr_relay_base_events_total', { table, action: knownAction(table, action) }),
  };
  const feeds = Object.keys(config.list_feeds);
  return new LiveRules({ host, context, strict, feeds, documents, clock, logger, metrics });
}

/** The ActionType where Microsoft documents it, else `other`: a label must not take values from rows. */
function knownAction(table: string, action: string): string {
  return actionTypesOf(table)?.names.get(action.toLowerCase()) ?? 'other';
}
