/** The codes of what `rules lint` finds: rules that run, and that are hard to maintain or say less than they seem to. */

export const lintCodes = {
  'no-id': {
    files: 'lint',
    meaning:
      'A rule has no id, so that exceptions and overrides can refer to it only by a title that may change.',
    fix: 'Add `id:` with a new UUID.',
  },
  'bad-id': {
    files: 'lint',
    meaning: 'The id of a rule is not a UUID.',
    fix: 'Give it a UUID, and change exceptions, overrides and correlations that name the old id.',
  },
  'no-status': {
    files: 'lint',
    meaning: 'A rule does not say how mature it is.',
    fix: 'Add `status: experimental`, `test` or `stable`.',
  },
  'no-description': {
    files: 'lint',
    meaning: 'A rule has no description, or one that is too short to explain an alert.',
    fix: 'Write what the rule detects and why that matters.',
  },
  'no-author': {
    files: 'lint',
    meaning: 'Nobody is named who can be asked about the rule.',
    fix: 'Add `author:`.',
  },
  'no-date': {
    files: 'lint',
    meaning: 'A rule does not say when it was written.',
    fix: 'Add `date: YYYY-MM-DD`.',
  },
  'bad-date': {
    files: 'lint',
    meaning: 'A date is not a day of the calendar in the form `YYYY-MM-DD`.',
    fix: 'Correct it; `--fix` rewrites `2024/01/31` as `2024-01-31`.',
  },
  'date-order': {
    files: 'lint',
    meaning: 'A rule was modified before it was written, or has a date in the future.',
    fix: 'Correct the date that is wrong.',
  },
  'no-tags': {
    files: 'lint',
    meaning: 'A rule has no tag of ATT&CK, so that it does not count in the coverage.',
    fix: 'Add tags such as `attack.execution` and `attack.t1059.001`.',
  },
  'bad-tag': {
    files: 'lint',
    meaning: 'A tag is not written as `namespace.name` in lower case, with hyphens between words.',
    fix: 'Write it like `attack.credential-access`; `--fix` does it.',
  },
  'unknown-attack-tag': {
    files: 'lint',
    meaning: 'ATT&CK has no tactic or technique of this name.',
    fix: 'Correct it as the hint says; attack.mitre.org has the list.',
  },
  'no-references': {
    files: 'lint',
    meaning: 'A rule names no source.',
    fix: 'Add `references:` with links.',
  },
  'reference-form': {
    files: 'lint',
    meaning: 'A reference is not a link that can be opened.',
    fix: 'Write a whole address that begins with `https://`.',
  },
  'no-false-positives': {
    files: 'lint',
    meaning: 'A rule does not say which harmless activity it also matches.',
    fix: 'Add `falsepositives:`; `Unlikely` or `Unknown` where that is the answer.',
  },
  'false-positive-form': {
    files: 'lint',
    meaning: 'A false positive is `none` or the like, which no rule can promise, or begins in lower case.',
    fix: 'Write `Unlikely` or `Unknown`, or begin with a capital letter.',
  },
  'title-form': {
    files: 'lint',
    meaning: 'A title is longer than 120 characters, ends with a full stop, or begins with `Detects`.',
    fix: 'Shorten it to a name of what was seen; the sentence belongs in the description.',
  },
  'file-form': {
    files: 'lint',
    meaning:
      'The name of a file is not of lower-case letters, digits and underscores with the ending `.yml`, as in SigmaHQ.',
    fix: 'Rename it, for instance to `proc_creation_win_certutil_download.yml`.',
  },
  'repeated-entry': {
    files: 'lint',
    meaning: 'A list has the same entry twice.',
    fix: 'Remove one of them; `--fix` does it.',
  },
  'covered-value': {
    files: 'lint',
    meaning: 'A value of a field matches only what a shorter value of the same list matches too.',
    fix: 'Remove it, or the shorter one if that is too wide.',
  },
  'wildcards-for-modifier': {
    files: 'lint',
    meaning: 'A value begins or ends with `*` where a modifier says the same and reads better.',
    fix: 'Write the modifier `contains`, `startswith` or `endswith`; `--fix` does it.',
  },
  'matches-everything': {
    files: 'lint',
    meaning:
      "A value such as `contains: ''` is found in every text, so that the other values of its list mean nothing.",
    fix: 'Remove the value, or write the modifier `exists` where that is meant.',
  },
  'dead-selection': {
    files: 'lint',
    meaning:
      'Two lines of a selection ask the same column for what no value can be at once, so that it never matches.',
    fix: 'Put alternatives in a list of two selections, or correct one of the lines.',
  },
  'constant-condition': {
    files: 'lint',
    meaning: 'A condition is true, or false, whatever its parts are.',
    fix: 'Correct the condition: a rule that always or never matches is none.',
  },
  'useless-part': {
    files: 'lint',
    meaning: 'The result of a condition does not depend on one of the parts that it names.',
    fix: 'Remove the part, or correct the condition.',
  },
  'duplicate-logic': {
    files: 'lint',
    meaning: 'Two rules of the same log source have the same detection, so that each row raises two alerts.',
    fix: 'Remove one of them, or change it with an override.',
  },
} as const;
