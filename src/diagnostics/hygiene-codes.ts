/** The codes of what `rules hygiene` finds: rules that run, and that nobody may need, own or trust any more. */

export const hygieneCodes = {
  'never-hit': {
    files: 'hygiene',
    meaning: 'A rule matched no row, although there were rows of its tables.',
    fix: 'Give a longer time of rows before concluding anything; then test the rule with a row that it should match, or remove it.',
  },
  'noisy-rule': {
    files: 'hygiene',
    meaning: 'A rule matches a large share of the rows of its tables.',
    fix: 'Narrow it, write an exception, or lower its level so that nobody is told of it.',
  },
  'no-owner': {
    files: 'hygiene',
    meaning: 'Nobody is named who can be asked about a rule that raises alerts.',
    fix: 'Add `author:`.',
  },
  'no-test': {
    files: 'hygiene',
    meaning: 'No test expects an alert of the rule.',
    fix: 'Add a test whose `expect.alerts` names the rule by title or id.',
  },
  'disabled-rule': {
    files: 'hygiene',
    meaning: 'An override switches a rule off.',
    fix: 'Switch it on again, or remove the rule.',
  },
  'long-experimental': {
    files: 'hygiene',
    meaning: 'A rule has the status `experimental`, and has not been changed for a long time.',
    fix: 'Give it the status `test` or `stable`, or remove it.',
  },
} as const;
