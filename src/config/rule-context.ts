/** Extracts the settings of relay.yaml that compiling rules needs. */
import type { RuleContext } from '../rules/ruleset.ts';
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
  };
}
