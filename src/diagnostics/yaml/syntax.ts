/** Says what the YAML parser's errors mean. */
import type { ErrorCode } from 'yaml';
import type { Mistake } from '../diagnostic.ts';

/**
 * What each of the YAML parser's errors means to a person.
 *
 * Not the parser's own words: some of them quote the file, and a broken file may hold a secret anywhere.
 */
const MESSAGES: Partial<Record<ErrorCode, readonly [message: string, hint?: string]>> = {
  ALIAS_PROPS: ['an alias (*name) cannot have a tag or an anchor'],
  BAD_ALIAS: [
    'the alias (*name) has no anchor (&name) above it',
    'put a string that begins with * in quotes',
  ],
  BAD_COLLECTION_TYPE: ['this tag does not fit what follows it'],
  BAD_DIRECTIVE: ['not a YAML directive', 'put a string that begins with % in quotes'],
  BAD_DQ_ESCAPE: [
    'not an escape sequence',
    "in double quotes a backslash is written \\\\; in single quotes ('...') it stands for itself",
  ],
  BAD_INDENT: ['wrong indentation', 'keys of one mapping begin in one column'],
  BAD_PROP_ORDER: ['tags and anchors stand before the value, on its line'],
  BAD_SCALAR_START: ['a plain value cannot begin with this character', 'put the value in quotes'],
  BLOCK_AS_IMPLICIT_KEY: [
    'a nested mapping cannot begin on this line',
    'is the next line indented too far? A value that holds ": " goes in quotes',
  ],
  BLOCK_IN_FLOW: ['a block cannot stand inside {...} or [...]'],
  KEY_OVER_1024_CHARS: ['a key of more than 1024 characters'],
  MISSING_CHAR: ['a character is missing here: a closing quote, a closing bracket, a comma or ": "'],
  MULTILINE_IMPLICIT_KEY: ['a key must fit on one line', 'is the colon missing on the line before?'],
  MULTIPLE_ANCHORS: ['more than one anchor (&name) on one value'],
  MULTIPLE_TAGS: ['more than one tag on one value'],
  NON_STRING_KEY: ['a key must be a string'],
  TAB_AS_INDENT: ['a tab in the indentation', 'indent with spaces'],
  TAG_RESOLVE_FAILED: ['unknown tag', 'put a string that begins with ! in quotes'],
  UNEXPECTED_TOKEN: ['this cannot stand here', 'put a value with special characters in quotes'],
};

/** What is said of one of the YAML parser's errors. */
export function syntaxMessage(code: ErrorCode): Mistake {
  const [message, hint] = MESSAGES[code] ?? ['not valid YAML'];
  return { code: 'yaml-syntax', message, hint };
}
