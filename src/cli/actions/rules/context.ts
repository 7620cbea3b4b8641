/** Reads the part of relay.yaml that rules depend on. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { RELAY_YAML } from '../../../config/document.ts';
import type { Environment } from '../../../config/fill-in.ts';
import { alertRoutesConfig } from '../../../config/routing-schema.ts';
import { metadataOfUnchecked } from '../../../config/rule-context.ts';
import { readingsOf } from '../../../destinations/reading.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { assumedValue } from '../../../rules/assumed-context.ts';
import { checkRuleFile, openRuleFile } from '../../../rules/open-rule-file.ts';
import type { RuleContext } from '../../../rules/ruleset.ts';
import { RelayError } from '../../../shared/errors.ts';

/** The part of relay.yaml that rules depend on. The rest is not checked, so that checking rules needs no secrets. */
const rulesPart = z.looseObject({
  transforms: z.union([z.string(), z.array(z.string()).min(1)]).default('transforms'),
  destinations: z.record(z.string(), z.unknown()).default({}),
  default_destinations: z.array(z.string()).default([]),
  alerts: alertRoutesConfig,
  variables: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  links: z.record(z.string(), z.string()).default({}),
});

const typed = z.looseObject({ type: z.string() });

export interface RelayRules {
  /** The path of relay.yaml. */
  readonly file: string;
  /** The folders of rules that relay.yaml names; later ones win. */
  readonly transforms: readonly string[];
  readonly context: RuleContext;
  /** The types of the destinations by their names. */
  readonly types: Readonly<Record<string, string>>;
  /** `links:`, templates of searches by label. */
  readonly links: Readonly<Record<string, string>>;
}

/** Reads the part of relay.yaml that rules depend on. Throws a RelayError `config_invalid` that names file and line. */
export async function readRelayRules(path: string, env: NodeJS.ProcessEnv): Promise<RelayRules> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RelayError('config_missing', `${path}: can't be read`, { cause });
  });
  return relayRulesIn(text, path, env);
}

/** The same of a text that was read already. Throws a RelayError `config_invalid` that names file and line. */
export function relayRulesIn(text: string, path: string, env: Environment): RelayRules {
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
    transforms: [content.transforms].flat().map((folder) => resolve(dirname(path), filledIn(folder, env))),
    types: Object.fromEntries(
      Object.entries(content.destinations).flatMap(([name, entry]) => {
        const { data } = typed.safeParse(entry);
        return data ? [[name, data.type]] : [];
      }),
    ),
    links: content.links,
    context: {
      destinations: Object.keys(content.destinations),
      defaultDestinations: content.default_destinations,
      alerts: content.alerts,
      ...metadataOfUnchecked(content.destinations),
      reading: readingsOf(content.destinations),
      variables: Object.fromEntries(
        Object.entries(content.variables).map(([name, value]) => [
          name,
          typeof value === 'string' ? filledIn(value, env) : value.map((one) => filledIn(one, env)),
        ]),
      ),
    },
  };
}

/** Replaces `${NAME}` by the environment variable; a variable that is not set gets an obviously made-up value. */
function filledIn(text: string, env: Environment): string {
  return text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => env[name] ?? assumedValue(name));
}
