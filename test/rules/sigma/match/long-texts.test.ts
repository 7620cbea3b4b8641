import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { Regex } from '../../../../src/rules/regex/engine.ts';
import type { TextMode, ValueTest } from '../../../../src/rules/sigma/language/expression.ts';
import { fold } from '../../../../src/rules/sigma/language/fold.ts';
import { MANY, normalise, ONE } from '../../../../src/rules/sigma/language/text.ts';
import { compileForLong } from '../../../../src/rules/sigma/match/long-texts.ts';
import { testValue } from '../../../../src/rules/sigma/match/test-value.ts';
import { compileTests } from '../../../../src/rules/sigma/match/tests.ts';
import { uriStem } from '../../../../src/rules/sigma/rendering/url.ts';
import { SHORT, Work } from '../../../../src/rules/work.ts';
import type { Verdict } from '../../../../src/shared/event.ts';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { compile, routesOf } from '../../helpers.ts';
import { sources, upTo, view } from '../support.ts';

const source = sources.column('ScriptContent');
const piece = fc.constantFrom('a', 'b', 'AB', 'é', '.', 'c', '😀');
const literal = fc.array(piece, { minLength: 1, maxLength: 6 }).map((all) => all.join(''));
const test: fc.Arbitrary<ValueTest> = fc.oneof(
  fc
    .tuple(literal, fc.constantFrom<TextMode>('equals', 'contains', 'startswith', 'endswith'), fc.boolean())
    .map(
      ([text, mode, cased]): ValueTest => ({ kind: 'text', mode, literal: cased ? text : fold(text), cased }),
    ),
  fc
    .array(fc.oneof(literal.map(fold), fc.constantFrom(MANY, ONE)), { minLength: 1, maxLength: 5 })
    .map(
      (tokens): ValueTest => ({ kind: 'wildcard', tokens: normalise([MANY, ...tokens, MANY]), cased: false }),
    ),
  fc.constantFrom('a+b', '(?i)ab.c', '^a.*c$', 'é[ab]{2}').map(
    (pattern): ValueTest => ({
      kind: 'regex',
      source: pattern,
      flags: { i: false, m: false, s: false },
      regex: new Regex(RE2JS.compile(pattern)),
      literal: '',
    }),
  ),
);
const longText = fc
  .tuple(
    fc.array(piece, { maxLength: 12 }),
    fc.constantFrom('x', 'a', 'é', '\n'),
    fc.array(piece, { maxLength: 12 }),
  )
  .map(([before, filler, after]) => before.join('') + filler.repeat(SHORT) + after.join(''));

describe('tests of long texts', () => {
  it('say what they say of short ones, where nothing is cut', () => {
    fc.assert(
      fc.property(fc.array(test, { minLength: 1, maxLength: 16 }), longText, (tests, text) => {
        const record = view({ ScriptContent: text });
        const plain = view({ ScriptContent: text });
        expect(record.isLong(source)).toBe(true);
        const expected = tests.some((one) => testValue(one, plain.texts(source), plain));
        expect(compileForLong(source, tests)(record)).toBe(expected);
        expect(record.work.cuts).toBe(0);
      }),
      upTo(150),
    );
  });

  it('see the beginning and the end where the work is used up, and say so', () => {
    const work = new Work();
    work.book('long', work.left('long'));
    const text = `first${'x'.repeat(SHORT)}middle${'x'.repeat(SHORT)}last`;
    const record = view({ ScriptContent: text }, work);
    const holds = (mode: TextMode, word: string) =>
      compileForLong(source, [{ kind: 'text', mode, literal: word, cased: false }])(record);
    expect([holds('contains', 'first'), holds('contains', 'middle'), holds('contains', 'last')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(work.cuts).toBe(3);
    expect([
      holds('startswith', 'first'),
      holds('endswith', 'last'),
      holds('equals', text.slice(0, 4_000)),
    ]).toEqual([true, true, false]);
  });
});

const MEGABYTE = 1 << 20;

/** So many detections of one table, each with several values on a column that may be long. */
function detections(count: number, field: (n: number) => string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      `detections/r${n}.yml`,
      `title: Rule ${n}
logsource: { product: m365defender, service: DeviceProcessEvents }
detection:
  selection:
    ${field(n)}
  condition: selection
level: high
`,
    ]),
  );
}

const word = (n: number) => `w${(n * 7_919).toString(36).padStart(5, 'q')}z${n.toString(36)}`;

/** What is left of a row's allowances can be told from outside by this only: nothing was cut, or something was. */
const cutOf = (verdict: Verdict): readonly string[] => verdict.cut ?? [];
const alertsOf = (verdict: Verdict): number =>
  routesOf(verdict).filter((route) => route.startsWith('hook!')).length;

describe('rows made to be slow', () => {
  it('1,500 rules find their words anywhere in a megabyte', () => {
    const { evaluate } = compile(
      detections(1_500, (n) => `ProcessCommandLine|contains: ['${word(n)}', 'other${word(n)}']`),
    );
    const text = 'powershell.exe -nop -w hidden '
      .repeat(MEGABYTE / 30)
      .replace(/^(.{500000})/, `$1${word(7)} ${word(1_444)}`);
    const verdict = evaluate('DeviceProcessEvents', { ProcessCommandLine: text });
    expect(cutOf(verdict)).toEqual([]);
    expect(alertsOf(verdict)).toBe(2);
  });

  it('1,500 rules that all are almost met end, and the cut is told by rule', () => {
    const { evaluate } = compile(
      detections(1_500, (n) => `ProcessCommandLine|contains|all: ['${word(n)}', 'absent${n}']`),
    );
    const text = Array.from({ length: 1_500 }, (_, n) => `${word(n)} absen `)
      .join('')
      .repeat(80);
    const columns = { ProcessCommandLine: text, FileName: 'a.exe' };
    const verdict = evaluate('DeviceProcessEvents', columns);
    expect(alertsOf(verdict)).toBe(0);
    expect(evaluate('DeviceProcessEvents', columns)).toEqual(verdict);
  });

  it.each([
    ['a pattern that explodes', "ProcessCommandLine|re: 'a.{900}X[0-9]'", 'ab', 'X1'],
    ['nested repeats', "ProcessCommandLine|re: '(\\s*\\S+\\s*){1,200}X[0-9]'", 'ab ', 'X1'],
    [
      'one character wildcards',
      "ProcessCommandLine: '*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?b?c*'",
      'a',
      '',
    ],
  ])('of a column of 4 MiB against %s', (_, field, alphabet, end) => {
    const { evaluate } = compile({
      ...detections(30, () => field),
      'detections/name.yml': `title: Name
logsource: { product: m365defender, service: DeviceProcessEvents }
detection: { selection: { FileName|re: 'evil[0-9]+\\.exe' }, condition: selection }
level: high
`,
    });
    let seed = 1;
    const text = Array.from({ length: 4 * MEGABYTE }, () => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return alphabet[(seed >> 16) % alphabet.length];
    }).join('');
    const verdict = evaluate('DeviceProcessEvents', {
      ProcessCommandLine: text + end,
      FileName: 'evil42.exe',
    });
    // The long column is cut, and costs the short one nothing.
    expect(cutOf(verdict)).toContain('Rule 3');
    expect(cutOf(verdict)).not.toContain('Name');
    expect(alertsOf(verdict)).toBe(1);
  });

  it('many values count like a long one', () => {
    const { evaluate } = compile({
      'detections/many.yml': `title: Many
logsource: { product: m365defender, service: DeviceEvents }
detection: { selection: { AdditionalFields.list|contains: evil }, condition: selection }
level: high
`,
    });
    const list = Array.from({ length: 300_000 }, (_, n) => `v${n}`);
    expect(cutOf(evaluate('DeviceEvents', { AdditionalFields: { list } }))).toEqual(['all detections']);
    const few = evaluate('DeviceEvents', { AdditionalFields: { list: [...list.slice(0, 5_000), 'evil'] } });
    expect([cutOf(few), alertsOf(few)]).toEqual([[], 1]);
  });
});

describe('a field that is made of what could not be read for want of work', () => {
  const inner = sources.column('Inner.uri');
  const within: ValueTest = { kind: 'text', mode: 'contains', literal: 'a.exe', cased: false };
  const [there, nothing]: ValueTest[] = [{ kind: 'exists' }, { kind: 'null' }];

  it.each([
    { what: 'rendered', made: sources.rendered([inner], uriStem), tests: [there, nothing, within] },
    { what: 'joined', made: sources.join(['Inner.uri', 'Inner.port'], ':'), tests: [within] },
    { what: 'the value itself', made: inner, tests: [there, nothing, within] },
  ])('tells each rule that asks of it: $what', ({ made, tests }) => {
    const work = new Work();
    work.book('long', work.left('long'));
    const Inner = JSON.stringify({ uri: '/dir/a.exe', port: '80', rest: 'x'.repeat(SHORT) });
    const record = view({ Inner }, work);
    compileTests(inner, [within])(record);
    compileTests(made, [within])(record);
    for (const [at, test] of tests.entries()) {
      const { cuts } = work;
      work.subject = at;
      if (test) compileTests(made, [test])(record);
      expect(work.cuts).toBeGreaterThan(cuts);
      expect([...work.cutFor]).toContain(at);
    }
  });
});

it('columns that are only joined do not pass for cut because another one was', () => {
  const work = new Work();
  work.book('long', work.left('long'));
  const Unread = JSON.stringify({ uri: '/dir/a.exe', rest: 'x'.repeat(SHORT) });
  const record = view({ Unread, Folder: 'dir', File: 'a.exe' }, work);
  const within: ValueTest = { kind: 'text', mode: 'contains', literal: 'a.exe', cased: false };
  compileTests(sources.join(['Unread.uri', 'File'], ':'), [within])(record);
  const { cuts } = work;
  expect(cuts).toBeGreaterThan(0);
  expect(compileTests(sources.join(['Folder', 'File'], ':'), [within])(record)).toBe(true);
  expect(work.cuts).toBe(cuts);
});

describe('where a value was cut', () => {
  const table = (body: string) => ({ 'DeviceProcessEvents.yaml': `table: DeviceProcessEvents\n${body}` });
  const hostile: JsonObject = {
    ProcessCommandLine: `${'ab'.repeat(2 * MEGABYTE)}X1`.replaceAll('abab', 'aabb'),
    FileName: 'x',
  };
  const PATTERN = 'a.{900}b.{90}X[0-9]';

  it('a filter holds nothing back', () => {
    const { evaluate } = compile(
      table(`filter:
  - title: Noise
    detection: { a: { ProcessCommandLine|re: '${PATTERN}' }, condition: not a }
`),
    );
    const verdict = evaluate('DeviceProcessEvents', hostile);
    expect([verdict.kind, cutOf(verdict)]).toEqual(['forwarded', ['Noise']]);
    expect(evaluate('DeviceProcessEvents', { ProcessCommandLine: 'short' }).kind).toBe('filtered');
  });

  it('a route without an alert is taken', () => {
    const { evaluate } = compile(
      table(`routes:
  - to: archive
    detection: { a: { ProcessCommandLine|re: '${PATTERN}' }, condition: a }
  - to: soc-slack
    severity: high
    detection: { a: { ProcessCommandLine|re: '${PATTERN}' }, condition: a }
`),
    );
    expect(routesOf(evaluate('DeviceProcessEvents', hostile))).toEqual(['archive']);
    expect(routesOf(evaluate('DeviceProcessEvents', { ProcessCommandLine: 'short' }))).toEqual([]);
  });

  it('what was to be taken out does not leave', () => {
    const { evaluate } = compile(
      table(`transform:
  - redact: { columns: ProcessCommandLine, pattern: '(?i)password=\\S+' }
`),
    );
    const eventOf = (ProcessCommandLine: string) => {
      const verdict = evaluate('DeviceProcessEvents', { ProcessCommandLine });
      return verdict.kind === 'forwarded' ? [verdict.event.ProcessCommandLine, cutOf(verdict)] : [];
    };
    const filler = 'x '.repeat(MEGABYTE);
    expect(eventOf(`${filler} password=hunter2 ${filler}`)).toEqual(['[redacted]', ['redact']]);
    expect(eventOf(filler)?.[1]).toEqual([]);
    expect(eventOf(filler)?.[0] === filler).toBe(true);
    const some = 'x '.repeat(10_000);
    expect(eventOf(`${some}password=hunter2 ${some}`)).toEqual([`${some}[redacted] ${some}`, []]);
  });

  it('JSON that would take too long stays text, and too many keys stay where they are', () => {
    const { evaluate } = compile({
      'DeviceEvents.yaml':
        'table: DeviceEvents\ntransform:\n  - parse_json: AdditionalFields\n  - flatten: { column: AdditionalFields }\n',
    });
    const eventOf = (AdditionalFields: string) => {
      const verdict = evaluate('DeviceEvents', { AdditionalFields });
      return verdict.kind === 'forwarded' ? { event: verdict.event, cut: cutOf(verdict) } : undefined;
    };
    const object = (keys: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, n) => [`k${n}`, n])));
    expect(eventOf(object(300_000))).toEqual({
      event: { AdditionalFields: object(300_000) },
      cut: ['parse_json'],
    });
    const many = eventOf(object(6_000));
    expect([Object.keys(many?.event ?? {}).length, many?.cut]).toEqual([5_001, ['flatten']]);
  });
});
