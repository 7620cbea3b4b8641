/** The settings that rules are compiled with where no relay.yaml gives them. */
import { LEVELS } from '../shared/event.ts';
import { isListFile } from './lists/list-files.ts';
import type { RuleFile } from './rule-file.ts';
import type { RuleContext } from './ruleset.ts';

/** The context without relay.yaml: any destination is accepted, rows go to `default` and alerts to `alerts`. */
export function assumedContext(files: readonly RuleFile[]): RuleContext {
  const names = new Set<string>();
  for (const { path, text } of files) {
    if (isListFile(path)) continue;
    for (const [, dollar, percent] of text.matchAll(/\$([A-Za-z_]\w*)|%([\w.-]+)%/g))
      names.add(dollar ?? percent ?? '');
  }
  return {
    destinations: undefined,
    defaultDestinations: ['default'],
    alerts: [{ levels: LEVELS, to: ['alerts'] }],
    variables: Object.fromEntries([...names].map((name) => [name, assumedValue(name)])),
  };
}

/** A made-up value for a variable that is not set. It is long enough to be accepted as a hash key. */
export function assumedValue(name: string): string {
  return `value-of-${name}`.padEnd(32, '-');
}
