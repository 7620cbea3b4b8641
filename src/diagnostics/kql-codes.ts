/** The codes of what `rules convert` finds: where a query in KQL cannot find, or does not exactly find, what a rule finds. */

export const kqlCodes = {
  'kql-unsupported': {
    files: 'kql',
    meaning: 'No query of KQL finds what a part of the rule finds, so that there is no query for the rule.',
    fix: 'Try the rule on rows of your own with `rules run`, or try it without this part.',
  },
  'kql-null': {
    files: 'kql',
    meaning:
      'Kusto stores an empty string where a row of the stream has null or nothing, and does not tell them apart.',
    fix: 'Nothing, unless the rule is about empty values.',
  },
  'kql-dynamic': {
    files: 'kql',
    meaning:
      'A value lies in JSON: in the relay an array matches if one of its elements does; in the query it is one text, and nothing behind an array is found.',
    fix: 'Look at rows of the table: nothing, if the value is a string in them.',
  },
  'kql-letter-case': {
    files: 'kql',
    meaning: 'Two columns are compared in any letter case, which Kusto does for the letters of ASCII only.',
    fix: 'Nothing, unless the columns hold other letters.',
  },
  'kql-regex': {
    files: 'kql',
    meaning:
      'A class of the regular expression may take more characters for letters in Kusto than in the relay.',
    fix: 'Nothing, unless the column holds letters beyond ASCII.',
  },
  'kql-address': {
    files: 'kql',
    meaning: 'A part of an IPv6 address is compared as the table writes the address.',
    fix: 'Ask for a network with `cidr`.',
  },
  'kql-registry': {
    files: 'kql',
    meaning: 'A registry key is compared in the usual spellings, and in the relay also in rarer ones.',
    fix: 'Write the key as Sysmon does, with `HKLM` or `HKU`.',
  },
  'kql-domain': {
    files: 'kql',
    meaning: 'A list of domains is compared with internationalised names as they are written.',
    fix: 'Nothing, unless the column holds such names.',
  },
  'kql-keyword': {
    files: 'kql',
    meaning: 'A keyword is searched in the text of each column.',
    fix: 'Nothing, unless the keyword holds a quote or a backslash.',
  },
  'kql-filter': {
    files: 'kql',
    meaning:
      'A filter of the table drops rows before any rule sees them, and the query of the rule does not have the filter.',
    fix: 'Convert the table file as well, and add the condition of the filter to the query under `not`.',
  },
  'kql-window': {
    files: 'kql',
    meaning:
      'The query counts in windows that begin at fixed times, and the relay in windows that begin with an event.',
    fix: 'Expect fewer results from the query: events on both sides of a border are not counted together.',
  },
} as const;
