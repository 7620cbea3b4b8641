/** Extracts the settings of relay.yaml that compiling rules needs. */
import type { RuleContext } from '../rules/ruleset.ts';
import type { RelayConfig } from './schema.ts';

/** The settings of a relay.yaml that compiling rules needs. */
export function ruleContext(config: RelayConfig): RuleContext {
  return {
    destinations: Object.keys(config.destinations),
    defaultDestinations: config.default_destinations,
    alerts: config.alerts,
    variables: config.variables,
  };
}
