/** Compiles a set of rules for the page that lists them, and keeps plain data of it: it may cross from one thread to another. */
import { ruleContext } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { compileProgram } from '../../rules/compile.ts';
import type { ListedException } from '../../rules/exceptions/ends.ts';
import { type RuleFact, ruleFacts } from '../../rules/rule-facts.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import { messageOf } from '../../shared/errors.ts';

export interface ListedSet {
  /** Empty where it was not compiled. */
  readonly rules: readonly RuleFact[];
  readonly exceptions: readonly ListedException[];
  /** Why it was not compiled: a sentence. */
  readonly trouble?: string;
}

/** A set of which no rule is listed. @param why a sentence without its beginning. */
export function notListed(why: string): ListedSet {
  return { rules: [], exceptions: [], trouble: `The rules are not listed: ${why}` };
}

/** Compiles all files, which takes a second for a thousand rules. Never throws. */
export function listedSet(files: readonly RuleFile[], config: RelayConfig): ListedSet {
  try {
    const made = compileProgram(files, ruleContext(config));
    const { program, diagnostics, exceptions } = made;
    if (program) {
      const paths = files.map(({ path }) => path);
      return { rules: ruleFacts(made, program, paths), exceptions };
    }
    const first = diagnostics.find(({ severity }) => severity === 'error');
    const where = `${first?.file}:${first?.span.line}: ${first?.message}`;
    return notListed(`with relay.yaml as it is now they have errors, such as ${where}`);
  } catch (thrown) {
    return notListed(messageOf(thrown));
  }
}
