/** The part of relay.yaml that rules are compiled with. */
import type { RuleContext } from '../rules/ruleset.ts';
import type { RelayConfig } from './schema.ts';

/** What of relay.yaml the rules need. */
export function ruleContext(config: RelayConfig): RuleContext {
  return {
    destinations: Object.keys(config.destinations),
    defaultDestinations: config.default_destinations,
    alerts: config.alerts,
    variables: config.variables,
  };
}
