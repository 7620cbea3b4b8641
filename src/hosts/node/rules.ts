import { relative } from 'node:path';
import { compileRules } from '../../rules/index.ts';
import type { RuleContext, RuleSet } from '../../rules/ruleset.ts';
import { renderDiagnostics } from '../../shared/diagnostics-render.ts';
import { messageOf, RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { readRuleFiles } from './rule-files.ts';

/** The rule files have errors. Code `rules_invalid`; the message holds all of them, as `rules check` shows them. */
export class RulesError extends RelayError {}

/** Reads and compiles a folder of rule files. Throws {@link RulesError} and RuleFolderError. */
export async function loadRules(directory: string, context: RuleContext): Promise<RuleSet> {
  const files = await readRuleFiles(directory);
  const { rules, diagnostics } = compileRules(files, context);
  if (rules) return rules;
  const sources = new Map(files.map(({ path, text }) => [path, text]));
  const folder = relative(process.cwd(), directory) || '.';
  throw new RulesError(
    'rules_invalid',
    `The rules in ${folder} have errors:\n\n${renderDiagnostics(
      diagnostics.filter(({ severity }) => severity === 'error'),
      sources,
    )}`,
  );
}

/** The rule set in force, replaced whole when its files change; a set with errors never replaces a good one. */
export interface LiveRules {
  current(): RuleSet;
  close(): Promise<void>;
}

/** Files are written one after the other: wait until the folder has been still for so long. Milliseconds. */
const STILL_MS = 300;

/** Loads the rules and follows their folder. Throws as {@link loadRules} does when the first set is bad. */
export async function followRules(
  directory: string,
  context: RuleContext,
  logger: Logger,
  metrics: Metrics,
): Promise<LiveRules> {
  let rules = await loadRules(directory, context);
  metrics.gauge('xdr_relay_rules_info', 1, { version: rules.version });
  const { watch } = await import('chokidar');
  const watcher = watch(directory, { ignoreInitial: true });
  let timer: NodeJS.Timeout | undefined;
  const reload = async () => {
    try {
      const next = await loadRules(directory, context);
      if (next.version === rules.version) return;
      metrics.gauge('xdr_relay_rules_info', 0, { version: rules.version });
      metrics.gauge('xdr_relay_rules_info', 1, { version: next.version });
      logger.info('New rules are in force', { version: next.version, before: rules.version });
      rules = next;
    } catch (error) {
      logger.error('The new rules were refused; the old ones stay in force', {
        version: rules.version,
        error: messageOf(error),
      });
    }
  };
  watcher.on('all', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), STILL_MS);
  });
  watcher.on('error', (error) => logger.warn('The rules cannot be watched', { error: messageOf(error) }));
  return {
    current: () => rules,
    async close() {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}
