import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonMistake } from '../../src/shared/json-mistake.ts';
import { runs } from '../support/runs.ts';

/** `|` stands where the mistake is. */
const MISTAKES: readonly (readonly [marked: string, message: string])[] = [
  ['|', 'there is no value'],
  [' \n|', 'there is no value'],
  ['|nope', 'no value of JSON begins here'],
  ['[1, |01]', 'no value of JSON begins here'],
  ['{"a": |}', 'no value of JSON begins here'],
  ['{"a": |tru}', 'no value of JSON begins here'],
  ['{"a": 1,\n|}', 'a comma must not stand before the end'],
  ['[1, 2, |]', 'a comma must not stand before the end'],
  ["{|'a': 1}", 'a name in double quotes must come here'],
  ['{"a" |1}', 'a colon must follow the name'],
  ['{\n  "a": 1\n  |"b": 2\n}', 'a comma or } must come here'],
  ['[{"a": 1}|}', 'a comma or ] must come here'],
  ['{"a": {"b": 1}|', 'the text ends inside an object: } is missing'],
  ['[[1], 2|', 'the text ends inside a list: ] is missing'],
  ['{"a": |"b\n}', 'the string that begins here does not end on its line'],
  ['{"a|\tb": 1}', 'a control character must be escaped'],
  ['{"path": "C:|\\Windows"}', 'no escape begins here; two backslashes write one'],
  ['{"a": 1}\n|{"a": 2}', 'the value has ended before this'],
];

describe('jsonMistake', () => {
  it.each(MISTAKES)('finds the place in %j: %s', (marked, message) => {
    expect(jsonMistake(marked.replace('|', ''))).toEqual({ at: marked.indexOf('|'), message });
  });

  it('finds a mistake exactly where JSON.parse throws', () => {
    const piece = fc.constantFrom(
      ...'{}[]:,"\\/ \n\tu-+.01eE'.split(''),
      'true',
      'null',
      '"a"',
      '\u0001',
      '\\u12aF',
      '\u2028',
    );
    const broken = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.nat(3), piece)
      .map(([text, at, cut, other]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + other + text.slice(place + cut);
      });
    const text = fc.oneof(
      broken,
      fc.json(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (json) => {
        const mistake = jsonMistake(json);
        expect(mistake === undefined).toBe(isJson(json));
        if (mistake) expect(mistake.at).toBeLessThanOrEqual(json.length);
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('reads what is long and deep', () => {
    const deep = 100_000;
    expect(jsonMistake('['.repeat(deep) + ']'.repeat(deep))).toBeUndefined();
    expect(jsonMistake(`"${'a'.repeat(4_000_000)}"`)).toBeUndefined();
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
