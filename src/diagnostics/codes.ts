// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/**
 * Every code of a diagnostic: what it means and what to do about it. A code that is not in this list does not compile.
 *
 * Codes are part of the interface: `config --format json` and `rules check --format json` show them, and people ignore or count
 * by them. Rename none without need; add new ones here first.
 */
import { hygieneCodes } from './hygiene-codes.ts';
import { kqlCodes } from './kql-codes.ts';
import { lintCodes } from './lint-codes.ts';

/** The files a code is found in. */
export const CODE_FILES = {
  any: 'Any YAML file',
  relay: 'relay.yaml',
  rules: 'Table files, mapping files and tests',
  lists: 'Lists',
  sigma: 'Detections and Sigma rules',
  lint: 'Found by `rules lint`',
  hygiene: 'Found by `rules hygiene`',
  kql: 'Said by `rules convert`',
} as const;

/** The list's entry for one code. Both sentences are Markdown. */
export interface DiagnosticCodeEntry {
  readonly files: keyof typeof CODE_FILES;
  /** One sentence: what is wrong. */
  readonly meaning: string;
  /** One sentence: what the author of the file does. */
  readonly fix: string;
}

export const diagnosticCodes = {
  // Any YAML file
  'yaml-syntax': {
    files: 'any',
    meaning: 'The file is not YAML.',
    fix: 'Correct the place that is shown; strings with special characters go in quotes.',
  },
  'empty-file': {
    files: 'any',
    meaning: 'The file holds nothing, or only comments.',
    fix: 'Write its content, or delete the file.',
  },
  'many-documents': {
    files: 'any',
    meaning: 'The file holds more YAML documents than its kind may.',
    fix: 'Split it at the `---` lines.',
  },
  'too-large': {
    files: 'any',
    meaning: 'The file is longer, or holds more values, than any file of its kind needs.',
    fix: 'Split it.',
  },
  'too-deep': {
    files: 'any',
    meaning: 'Lists and mappings lie in one another deeper than can be read safely.',
    fix: 'Write the value flatter.',
  },
  'too-many-aliases': {
    files: 'any',
    meaning: 'Aliases (`*name`) are used so often that the file may be a trap for its reader.',
    fix: 'Write the values out.',
  },
  'bad-key': {
    files: 'any',
    meaning: 'A key is not a string, or is a name that no key can have.',
    fix: 'Use another name.',
  },
  'duplicate-key': {
    files: 'any',
    meaning: 'A mapping has the same key twice, of which one would be ignored.',
    fix: 'Keep one of them.',
  },
  'unknown-key': {
    files: 'any',
    meaning:
      'No such key exists there; in a Sigma rule, where others are legal, the key comes so near a known one that it looks misspelt.',
    fix: 'Correct the name as the hint says, or remove the key.',
  },
  'missing-key': {
    files: 'any',
    meaning: 'A key that must be there is missing.',
    fix: 'Add it; the hint says what belongs there.',
  },
  'wrong-type': {
    files: 'any',
    meaning: 'A value is of another type than its key takes.',
    fix: 'Write the type that the message names.',
  },
  'not-allowed': {
    files: 'any',
    meaning: 'A value is none of those that its key takes.',
    fix: 'Use one of those that the message lists.',
  },
  'out-of-range': {
    files: 'any',
    meaning: 'A number, the length of a string or the length of a list is beyond its bounds.',
    fix: 'Stay within the bound that the message names.',
  },
  'bad-format': {
    files: 'any',
    meaning: 'A value is of the right type, and not written as its key asks for.',
    fix: 'Write it like the example in the message.',
  },
  'unknown-destination': {
    files: 'any',
    meaning: 'A name is none of the destinations of relay.yaml.',
    fix: 'Correct the name, or add the destination.',
  },

  // relay.yaml
  'bad-reference': {
    files: 'relay',
    meaning:
      'What stands in `${...}` is not the name of an environment variable, `file:PATH` or `keyvault:NAME`.',
    fix: 'Use letters, digits and `_` for a variable, and letters, digits and `-` for a secret in Key Vault; write `$$` for a dollar sign.',
  },
  'missing-variable': {
    files: 'relay',
    meaning: 'An environment variable that the file refers to is empty or not set.',
    fix: 'Set it in the environment, or in the file `.env` beside relay.yaml.',
  },
  'missing-secret': {
    files: 'relay',
    meaning:
      'A secret that the file refers to with `${file:PATH}` or `${keyvault:NAME}` cannot be read, or is empty.',
    fix: 'Do what the message says: create the file, let the relay read it, or give its identity the role *Key Vault Secrets User*.',
  },
  'missing-preset': {
    files: 'relay',
    meaning: 'A preset file that a destination names cannot be read.',
    fix: 'Correct the path, which is relative to relay.yaml, or let the relay read the file.',
  },
  'bad-preset': {
    files: 'relay',
    meaning: 'A preset file that a destination names has errors.',
    fix: 'Correct them: each is shown with its place in that file.',
  },
  'literal-secret': {
    files: 'relay',
    meaning: 'A secret is written out in the file.',
    fix: 'Move it to an environment variable, a file or Key Vault, and refer to it as `${NAME}`, `${file:PATH}` or `${keyvault:NAME}`.',
  },
  'weak-secret': {
    files: 'relay',
    meaning:
      'A secret is shorter than 8 characters, so that logs do not hide it: every ordinary word that equals it would be hidden too.',
    fix: 'Use a longer secret.',
  },
  conflict: {
    files: 'relay',
    meaning: 'Two keys contradict each other, or one of them does nothing beside the other.',
    fix: 'Keep one of the two.',
  },
  'duplicate-destination': {
    files: 'relay',
    meaning: 'A list names a destination twice.',
    fix: 'Remove one of the entries.',
  },
  'duplicate-source': {
    files: 'relay',
    meaning: 'Two sources have the same name.',
    fix: 'Give each its own: the name is part of the keys of the state.',
  },
  'told-by-itself': {
    files: 'relay',
    meaning: 'Troubles of the relay are told to a single destination, which cannot tell of its own outage.',
    fix: 'Name a second destination for people under `operational.to`.',
  },
  'people-firehose': {
    files: 'relay',
    meaning:
      'A channel that people read is a default destination and gets every event of every table without routes.',
    fix: "Name it under `alerts`, or in a table's routes with a detection.",
  },
  'grouping-without-people': {
    files: 'relay',
    meaning:
      'An entry of `alerts` says how alerts are grouped, and none of its destinations groups them: machines get a record for each alert.',
    fix: 'Add a destination for people, set `group_alerts: true` on one for machines, or remove the keys.',
  },
  'no-default-destination': {
    files: 'relay',
    meaning: 'Rows of tables without routes go nowhere.',
    fix: 'List a destination under `default_destinations`.',
  },
  'any-network': {
    files: 'relay',
    meaning: '`allow_networks` allows every address, those of the host and of its cloud included.',
    fix: 'Name the network that the destination is in.',
  },
  'does-not-work-there': {
    files: 'relay',
    meaning:
      'A setting of a destination does nothing, or harm, with the product at its address; the message says which.',
    fix: 'Leave the setting out.',
  },
  'plain-http': {
    files: 'relay',
    meaning:
      'Events and secrets go to a public address without encryption: everyone on the way can read and change them.',
    fix: 'Write `https://`, or name the network of the destination under `allow_networks` if it is an internal one.',
  },

  // Table files, mapping files and tests
  'route-without-steps': {
    files: 'rules',
    meaning:
      'Of two routes to one destination, only one has a `transform` of its own, so that the other sends rows without it.',
    fix: 'Repeat the steps, or write `transform: []` where that is meant.',
  },
  'route-without-severity': {
    files: 'rules',
    meaning:
      'A route without a severity leads to a destination for people, who are told of every row that it sends as if each were an alert.',
    fix: 'Give the route a detection and a severity, or send the rows to a destination for machines.',
  },
  'ignored-file': {
    files: 'rules',
    meaning: 'Nothing reads a file at this place.',
    fix: 'Put table files at the top, Sigma rules in `detections/`, exceptions in `exceptions/`, mapping files in `mappings/`.',
  },
  'misplaced-file': {
    files: 'rules',
    meaning: 'A Sigma rule stands where table files do, or a table file among Sigma rules.',
    fix: 'Put table files at the top and Sigma rules in `detections/`.',
  },
  'file-ending': {
    files: 'rules',
    meaning: 'The name of a file is nearly that of a rule file, and nothing reads it.',
    fix: 'Let it end in `.yaml` or `.yml`.',
  },
  'empty-folder': {
    files: 'rules',
    meaning: 'A folder that is to be checked holds no rule files, or none where the relay reads it.',
    fix: 'Name the right folder; the relay itself starts with an empty one before there were ever rules, and sends all rows to the default destinations, but refuses it later.',
  },
  'file-name': {
    files: 'rules',
    meaning: 'The name of a table file is not that of its table.',
    fix: 'Rename the file.',
  },
  'duplicate-table': {
    files: 'rules',
    meaning: 'Two files are about the same table.',
    fix: 'Put both in one.',
  },
  'unknown-table': {
    files: 'rules',
    meaning: "The name is none of Microsoft's tables that are known.",
    fix: 'Correct it; if the table is new, nothing needs to be done, and its columns are not checked.',
  },
  'unknown-column': {
    files: 'rules',
    meaning: 'The table has no such column, or an earlier step took it away.',
    fix: "Correct the name, or list a column that Microsoft's reference lacks in `schema.yaml` (`xdr-relay schema learn` proposes it) or under `columns` of the table file.",
  },
  'unknown-field': {
    files: 'rules',
    meaning: 'A mapping under `shapes/` names a field that ECS, or the OCSF class, does not have.',
    fix: 'Correct the name, or leave the column out: then it stays under `microsoft.defender_xdr` (ECS) or `unmapped` (OCSF).',
  },
  'reserved-field': {
    files: 'rules',
    meaning:
      'A mapping under `shapes/` names a field that the relay fills in every event, such as `event.id` or `class_uid`.',
    fix: 'Map the column to another field, or leave it out.',
  },
  'unknown-class': {
    files: 'rules',
    meaning: 'A mapping under `shapes/` names a class that OCSF, or this part of it, does not have.',
    fix: 'Correct the name; docs/shapes.md lists the classes.',
  },
  'unknown-group': {
    files: 'rules',
    meaning: 'A mapping under `shapes/` uses a group of columns that no `groups.yaml` has.',
    fix: 'Correct the name, or add the group.',
  },
  'bad-field-value': {
    files: 'rules',
    meaning: 'A mapping under `shapes/` gives a field a value that the schema does not allow there.',
    fix: 'Use a value of the type, or of the list, that the message names.',
  },
  'type-conflict': {
    files: 'rules',
    meaning:
      'A column has another type in `schema.yaml`, or under `columns` of a table file, than in the schema that is known.',
    fix: 'Look at a row: correct the type, or remove the line if the known type is right.',
  },
  'no-schema-export': {
    files: 'rules',
    meaning: 'A file given to `xdr-relay schema` is not the result of `getschema`, as CSV or JSON.',
    fix: 'Run the query that `xdr-relay schema import --help` shows in the portal, and export its result.',
  },
  'wrong-column-type': {
    files: 'rules',
    meaning: "A step cannot work on a column of this column's type.",
    fix: 'Use another column, or convert it in a step before.',
  },
  'title-without-alert': {
    files: 'rules',
    meaning: 'A route has a title and raises no alert that could carry it.',
    fix: 'Give the route a detection and a severity, or remove the title.',
  },
  'grouping-without-alert': {
    files: 'rules',
    meaning: 'A route says how alerts are grouped and raises none.',
    fix: 'Give the route a detection and a severity, or remove the keys.',
  },
  'bad-placeholder': {
    files: 'rules',
    meaning: 'The title of an alert has a brace that belongs to no placeholder such as `{DeviceName}`.',
    fix: 'Name a column between the braces, or write `{{` and `}}` where braces are meant.',
  },
  'bad-step': {
    files: 'rules',
    meaning: 'An entry of `transform` has no verb, or several.',
    fix: 'Make each step a list entry of its own: `- verb: ...`.',
  },
  'unknown-step': {
    files: 'rules',
    meaning: 'No step has this verb.',
    fix: 'Correct the verb as the hint says.',
  },
  'too-many-columns': {
    files: 'rules',
    meaning: 'A step with `to` names several columns, whose results would overwrite each other.',
    fix: 'Write one step a column.',
  },
  'name-taken': {
    files: 'rules',
    meaning: 'A step would give a column the name of another one.',
    fix: 'Choose another name, or remove the other column in a step before.',
  },
  'unknown-variable': {
    files: 'rules',
    meaning: 'relay.yaml has no variable of this name.',
    fix: 'Correct the name, or add it under `variables` in relay.yaml.',
  },
  'secret-in-file': {
    files: 'rules',
    meaning: 'The key of a hash is written out in the file.',
    fix: 'Move it to `variables` in relay.yaml, from the environment, and refer to it as `$NAME`.',
  },
  'weak-key': {
    files: 'rules',
    meaning: 'The key of a hash is so short that it can be guessed.',
    fix: 'Use at least 16 random characters.',
  },
  'no-hash-key': {
    files: 'rules',
    meaning: 'A hash has no key, so that anybody can try out which value it stands for.',
    fix: 'Give it a key, unless the values cannot be guessed.',
  },
  'failed-test': {
    files: 'rules',
    meaning: 'A test expected something else than the rules do.',
    fix: 'Correct the rule, or the test.',
  },
  'failed-expectation': {
    files: 'rules',
    meaning: 'On the rows of `rules run --expect`, a rule matched more or fewer rows than expected.',
    fix: 'Look at the rows with `rules run`, then correct the rule or the number.',
  },
  'unexpected-match': {
    files: 'rules',
    meaning:
      'On the rows of `rules run --expect`, a rule matched that the file of expectations does not list.',
    fix: 'List it with a number, or set `unexpected: ignore`.',
  },

  // Lists
  'bad-encoding': {
    files: 'lists',
    meaning: 'A list is not UTF-8.',
    fix: 'Save it as UTF-8.',
  },
  'json-syntax': {
    files: 'lists',
    meaning: 'A file whose name ends in `.json` is not JSON.',
    fix: 'Correct the place that is shown.',
  },
  'bad-list-name': {
    files: 'lists',
    meaning: 'A list cannot have the name of its file.',
    fix: 'Rename the file: letters, digits, `_`, `-` and `.`, and not `devices`.',
  },
  'duplicate-list': {
    files: 'lists',
    meaning: 'Two files hold a list of the same name, or two files declare lists.',
    fix: 'Rename one of them, or put both in one.',
  },
  'missing-list': {
    files: 'lists',
    meaning: '`lists/lists.yaml` declares a list that has no file yet, so that it is empty.',
    fix: 'Add the file, or let `xdr-relay lists pull` write it.',
  },
  'bad-entry': {
    files: 'lists',
    meaning: 'An entry of a list, or the line that names its columns, is not what the list consists of.',
    fix: 'Correct the line that is shown.',
  },
  'duplicate-entry': {
    files: 'lists',
    meaning: 'A list has the same key twice, and the first entry counts.',
    fix: 'Keep one of them.',
  },
  'list-type': {
    files: 'lists',
    meaning: 'A list without a type holds only addresses or only hashes, and is compared as text.',
    fix: 'Declare its type in `lists/lists.yaml`.',
  },
  'old-list': {
    files: 'lists',
    meaning: 'A list is older than its `max_age`.',
    fix: 'Renew the list, and look why nothing did: `xdr-relay lists pull` says what it could not fetch.',
  },
  'bad-database': {
    files: 'lists',
    meaning: 'A file `lists/NAME.mmdb` is no MaxMind database, or is damaged.',
    fix: 'Fetch it again; the file itself has the ending `.mmdb`, not the archive around it.',
  },
  'wrong-list': {
    files: 'any',
    meaning:
      'A rule or a step names a list that is of another kind than it reads: only `geo` reads databases, and it reads nothing else.',
    fix: 'Use what reads that kind, as the hint says.',
  },
  'unknown-list': {
    files: 'any',
    meaning: 'A rule or a step names a list that is not there.',
    fix: 'Correct the name as the hint says, or add the file to `lists/`.',
  },

  // Detections and Sigma rules
  'unsupported-alias': {
    files: 'sigma',
    meaning: 'A detection or a Sigma rule uses a YAML alias.',
    fix: 'Write the value out.',
  },
  'unsupported-action': {
    files: 'sigma',
    meaning: 'The file is a rule collection, which Sigma no longer has.',
    fix: 'Write each rule out in a document of its own, between `---` lines.',
  },
  'unsupported-taxonomy': {
    files: 'sigma',
    meaning: 'The rule names its fields by another taxonomy than `sigma`.',
    fix: 'Leave `taxonomy` out, or add a mapping file.',
  },
  'unsupported-version': {
    files: 'sigma',
    meaning: 'The document says that it is written for another version of Sigma.',
    fix: 'Write it for Sigma 2, and leave `sigma-version` out.',
  },
  'unsupported-logsource': {
    files: 'sigma',
    meaning: "No table holds the rule's log source.",
    fix: 'Add a mapping file that says which one does, or leave the rule out.',
  },
  'unknown-logsource': {
    files: 'sigma',
    meaning: 'A category, product or service is not known, and comes near one that is.',
    fix: 'Correct the name as the hint says.',
  },
  'unsupported-aggregation': {
    files: 'sigma',
    meaning: 'The rule counts in its condition, which was removed from Sigma.',
    fix: 'Write a correlation rule.',
  },
  'unsupported-correlation': {
    files: 'sigma',
    meaning: 'A stream of events cannot tell what the correlation asks for, or not within bounds of memory.',
    fix: 'Change the condition as the hint says, or count in the SIEM.',
  },
  'duplicate-id': {
    files: 'sigma',
    meaning: 'Two rules have the same id.',
    fix: 'Give one of them a UUID of its own.',
  },
  'duplicate-title': {
    files: 'sigma',
    meaning: 'Two rules have the same title, so that their alerts cannot be told apart.',
    fix: 'Say in the title in what they differ.',
  },
  'no-level': {
    files: 'sigma',
    meaning: 'A rule that raises alerts does not say how severe they are, and is taken for `medium`.',
    fix: 'Add `level:`.',
  },
  'empty-part': {
    files: 'sigma',
    meaning: 'A part of a detection says nothing to match.',
    fix: 'Write a field or a keyword, or remove the part.',
  },
  'unknown-part': {
    files: 'sigma',
    meaning: 'A condition names a part that the detection does not have.',
    fix: 'Correct the name as the hint says.',
  },
  'unused-part': {
    files: 'sigma',
    meaning: 'No condition uses this part of the detection.',
    fix: 'Name it in the condition, or remove it.',
  },
  'bad-condition': {
    files: 'sigma',
    meaning: 'A condition cannot be understood, or the bounds of a correlation exclude each other.',
    fix: 'Correct it at the place that is shown.',
  },
  'unsupported-modifier': {
    files: 'sigma',
    meaning: 'Sigma has no such modifier.',
    fix: 'Correct the name as the hint says.',
  },
  'bad-modifier': {
    files: 'sigma',
    meaning: 'A modifier does not go with another one, or with this field.',
    fix: 'Write two fields, or leave one modifier out.',
  },
  'single-all': {
    files: 'sigma',
    meaning: 'The modifier `all` stands at a field with a single value, where it changes nothing.',
    fix: 'Remove it, or add the other values.',
  },
  'empty-list': {
    files: 'sigma',
    meaning: 'A field has an empty list of values, and would never match.',
    fix: 'Add values, or remove the field.',
  },
  'bad-value': {
    files: 'sigma',
    meaning: 'A field cannot be compared with this value.',
    fix: 'Write the kind of value that the message names.',
  },
  'bad-cidr': {
    files: 'sigma',
    meaning: 'The value of a field with the modifier `cidr` is not a network.',
    fix: 'Write it like `10.0.0.0/8` or `fe80::/10`.',
  },
  'bad-regex': {
    files: 'sigma',
    meaning: 'A regular expression is wrong, or needs more than linear time.',
    fix: 'Rewrite it without lookaround and back-references.',
  },
  'costly-regex': {
    files: 'sigma',
    meaning:
      'A regular expression is so expensive that long strings are searched only in part, or that it is refused.',
    fix: 'Make it shorter, or use `contains`.',
  },
  'unmapped-field': {
    files: 'sigma',
    meaning: 'The table has nothing that corresponds to a field.',
    fix: 'Add a mapping file that says which column it is.',
  },
  'approximate-mapping': {
    files: 'sigma',
    meaning: 'The column is not quite the field, and the message says in what.',
    fix: 'Check that the rule means the same with it.',
  },
  'unproven-mapping': {
    files: 'sigma',
    meaning:
      'The mapping of the log source is not borne out by any public row: its columns may be named otherwise.',
    fix: 'Look at a row of your own; a mapping file in `mappings/` overrides what is wrong.',
  },
  'unmappable-value': {
    files: 'sigma',
    meaning: 'The table never holds this value of the field, or nothing that tells.',
    fix: 'Remove the value; if it is the only one, the rule cannot match on this table.',
  },
  'folder-not-compared': {
    files: 'sigma',
    meaning: "The column has only the file's name: the folder in the value is not compared.",
    fix: 'Check that the name alone is enough.',
  },
  'type-mismatch': {
    files: 'sigma',
    meaning: 'A modifier or a value compares what the column does not hold.',
    fix: 'Use another modifier, value or column.',
  },
  'control-character': {
    files: 'any',
    meaning:
      'A value holds a character that cannot be seen, since a backslash in double quotes begins an escape (`"\\finger.exe"` is a form feed and `inger.exe`), or since a block ends with a line end.',
    fix: 'Write the value in single quotes, or the character as `"\\x0C"` where it is meant.',
  },
  'escaped-wildcard': {
    files: 'sigma',
    meaning: 'A backslash before `*` or `?` makes it a plain character, where a wildcard was likely meant.',
    fix: 'Write `\\\\*` for a backslash and a wildcard.',
  },
  'never-matches': {
    files: 'sigma',
    meaning: 'No row of the table holds such a value in that column, so that the comparison is never true.',
    fix: 'Write what the hint names.',
  },
  'unknown-action-type': {
    files: 'sigma',
    meaning:
      'The table is not known to have this ActionType: it is misspelt, belongs to another table, or is newer than the list.',
    fix: 'Correct the name as the hint says; if it is new, nothing needs to be done.',
  },
  'too-many-values': {
    files: 'sigma',
    meaning: 'Placeholders or spellings make one value into too many.',
    fix: 'Shorten the lists.',
  },
  'unknown-placeholder': {
    files: 'sigma',
    meaning: 'No variable stands behind a placeholder (`%name%`).',
    fix: 'Add it under `variables` in relay.yaml.',
  },
  'empty-placeholder': {
    files: 'sigma',
    meaning: 'The variable behind a placeholder is an empty list, so that the field would never match.',
    fix: 'Add values to it.',
  },
  'unknown-rule': {
    files: 'sigma',
    meaning: 'A correlation, a filter, an exception, an override or a test names a rule that is not there.',
    fix: 'Correct the name or id as the hint says.',
  },
  'unused-filter': {
    files: 'sigma',
    meaning:
      'A Sigma filter or an exception narrows nothing: the rules are of other log sources, or their tables lack what it asks for.',
    fix: 'Give it the log source or the columns of the rules that it is for, or remove it.',
  },
  'endless-exception': {
    files: 'rules',
    meaning:
      'An exception from all rules has no end: it would hide alerts of rules that nobody has written yet.',
    fix: 'Add `expires`, or name the rules.',
  },
  'expired-exception': {
    files: 'sigma',
    meaning: 'An exception or a filter has expired: the alerts that it suppressed are raised again.',
    fix: 'Remove it, or give it a later `expires`.',
  },
  'exception-ends-soon': {
    files: 'sigma',
    meaning: 'An exception or a filter ends within 30 days.',
    fix: 'Let it end, or give it a later `expires`.',
  },
  'unused-override': {
    files: 'rules',
    meaning: 'An override fits no rule, or says what its rules say already.',
    fix: 'Correct the tag or the folder, or remove the override.',
  },
  'counted-rule-off': {
    files: 'rules',
    meaning:
      'An override switches off a rule that a correlation counts, so that the correlation could not be fulfilled.',
    fix: 'Switch the correlation off, too, or leave the rule on.',
  },
  'ambiguous-rule': {
    files: 'sigma',
    meaning: 'A correlation names a rule by a name that several have.',
    fix: 'Name the one that is meant by its id.',
  },
  'circular-correlation': {
    files: 'sigma',
    meaning: 'A correlation waits for itself.',
    fix: 'Take it, or those that it watches, out of the circle.',
  },
  'duplicate-correlation': {
    files: 'sigma',
    meaning: 'Two correlations count the same.',
    fix: 'Remove one of them.',
  },

  // Found by `rules lint`
  ...lintCodes,

  // Found by `rules hygiene`
  ...hygieneCodes,

  // Said by `rules convert`
  ...kqlCodes,
} as const satisfies Readonly<Record<string, DiagnosticCodeEntry>>;

export type DiagnosticCode = keyof typeof diagnosticCodes;
