/** The rules of the files as they lie there now, for the console: compiled once for each state of the files. */
import { ruleContext } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import type { ConsoleHost } from '../../console/page.ts';
import { setFile } from '../../console/rules/set.ts';
import type { RelayPorts } from '../../relay/ports.ts';
import { compileOrThrow } from '../../relay/rule-sets/compile-set.ts';
import type { RuleSet } from '../../rules/ruleset.ts';
import type { KnownDetections } from '../../rules/sigma/index.ts';
import { systemClock } from '../../shared/clock.ts';
import { withDeadline } from '../../shared/deadline.ts';
import { sha256OfAll } from '../../shared/digest.ts';
import { keptRulesOf, originOf } from './kept-detections.ts';

/** Rules of a container are read over the network. Milliseconds. */
const RULES_MS = 15_000;

/**
 * Thousands of rules compile for seconds, during which the process does nothing else: so they are compiled anew only where a file has changed.
 * The function rejects as reading and compiling do.
 *
 * @param known what the relay has kept of the rules, read each time: the relay writes what it compiles, and it is large.
 */
export function compiledOnce(
  ruleFiles: NonNullable<ConsoleHost['ruleFiles']>,
  parts: { readonly config: RelayConfig; readonly directory: string; readonly ports: RelayPorts },
  known: () => KnownDetections = () => keptRulesOf(originOf(parts.config, parts.directory)).known,
): () => Promise<RuleSet> {
  let last: { readonly digest: string; readonly rules: RuleSet } | undefined;
  return async () => {
    const { files } = await withDeadline(RULES_MS, undefined, (signal) => ruleFiles(parts, signal));
    const digest = sha256OfAll(files.flatMap((file) => [`${file.path}\n`, setFile(file).digest]));
    if (last?.digest === digest) return last.rules;
    const rules = compileOrThrow(files, {
      ...ruleContext(parts.config),
      now: () => systemClock.now(),
      knownDetections: known(),
    });
    last = { digest, rules };
    return rules;
  };
}
