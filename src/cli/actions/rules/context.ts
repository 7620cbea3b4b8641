/** Reads the part of relay.yaml that rules depend on, or makes assumptions in its place. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { RELAY_YAML } from '../../../config/document.ts';
import { alertRouteConfig } from '../../../config/schema.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { checkRuleFile, openRuleFile } from '../../../rules/open-rule-file.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import type { RuleContext } from '../../../rules/ruleset.ts';
import { RelayError } from '../../../shared/errors.ts';
import { LEVELS } from '../../../shared/event.ts';

/** The part of relay.yaml that rules depend on. The rest is not checked, so that checking rules needs no secrets. */
const rulesPart = z.looseObject({
  transforms: z.string().default('transforms'),
  destinations: z.record(z.string(), z.unknown()).default({}),
  default_destinations: z.array(z.string()).default([]),
  alerts: z.array(alertRouteConfig).default([]),
  variables: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
});

export interface RelayRules {
  /** The path of relay.yaml. */
  readonly file: string;
  /** The rules folder that relay.yaml names. */
  readonly transforms: string;
  readonly context: RuleContext;
}

/** Reads the part of relay.yaml that rules depend on. Throws a RelayError `config_invalid` that names file and line. */
export async function readRelayRules(path: string, env: NodeJS.ProcessEnv): Promise<RelayRules> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RelayError('config_missing', `${path}: can't be read`, { cause });
  });
  const problems: Diagnostic[] = [];
  const file = openRuleFile({ path, text }, RELAY_YAML, (diagnostic) => problems.push(diagnostic));
  const content = file && checkRuleFile(file, rulesPart, file.data);
  const [first] = problems;
  if (!content || first) {
    const where = first ? `${path}:${first.span.line}:${first.span.column}: ${first.message}` : path;
    throw new RelayError('config_invalid', where);
  }
  return {
    file: path,
    transforms: resolve(dirname(path), filledIn(content.transforms, env)),
    context: {
      destinations: Object.keys(content.destinations),
      defaultDestinations: content.default_destinations,
      alerts: content.alerts,
      variables: Object.fromEntries(
        Object.entries(content.variables).map(([name, value]) => [
          name,
          typeof value === 'string' ? filledIn(value, env) : value.map((one) => filledIn(one, env)),
        ]),
      ),
    },
  };
}

/** The context without relay.yaml: any destination is accepted, rows go to `default` and alerts to `alerts`. */
export function assumedContext(files: readonly RuleFile[]): RuleContext {
  const names = new Set<string>();
  for (const { text } of files) {
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

/** Replaces `${NAME}` by the environment variable; a variable that is not set gets an obviously made-up value. */
function filledIn(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => env[name] ?? assumedValue(name));
}

/** The made-up value. It is long enough to be accepted as a hash key. */
function assumedValue(name: string): string {
  return `value-of-${name}`.padEnd(32, '-');
}
