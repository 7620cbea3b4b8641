/** What was kept of compiled rules says the same as the files, and is not used for others. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateRules } from '../../../../bench/rules/generate-rules.ts';
import { type CompiledProgram, compileProgram } from '../../../../src/rules/compile.ts';
import { evaluate } from '../../../../src/rules/evaluate.ts';
import { explain } from '../../../../src/rules/explain.ts';
import { Regex } from '../../../../src/rules/regex/engine.ts';
import type { RuleFile } from '../../../../src/rules/rule-file.ts';
import type { RuleContext } from '../../../../src/rules/ruleset.ts';
import { type KeptDetections, KnownDetections } from '../../../../src/rules/sigma/index.ts';
import { keptText, readKeptText } from '../../../../src/rules/sigma/kept/kept-text.ts';
import { rowOf } from '../../../../src/rules/testing/run.ts';
import { sha256OfAll } from '../../../../src/shared/digest.ts';
import { runs } from '../../../support/runs.ts';
import { BROKEN, CORPUS, VARIABLES } from './corpus.ts';

const CONTEXT: RuleContext = {
  destinations: ['splunk', 'soc'],
  defaultDestinations: ['splunk'],
  alerts: [{ levels: ['high'], to: ['soc'] }],
  variables: VARIABLES,
  now: () => Date.UTC(2027, 0, 15),
};

const compiled = (files: readonly RuleFile[], knownDetections?: KnownDetections, context = CONTEXT) =>
  compileProgram(files, knownDetections ? { ...context, knownDetections } : context);

/** What a process keeps of files, as the next one reads it. */
function keptOf(files: readonly RuleFile[], context = CONTEXT): KeptDetections {
  const known = new KnownDetections('build');
  compiled(files, known, context);
  while (known.write(3)) {}
  return readKeptText(keptText(known.kept, 'build'), 'build');
}

/** The paths of the files whose rules were not compiled from the text. */
function usedOf({ compiledRules }: CompiledProgram): ReadonlySet<string> {
  return new Set(compiledRules.filter(({ rule }) => rule.kept).map(({ rule }) => rule.file));
}

/** Everything that compiled rules say, as plain data; slots are numbered by who comes first. */
function said({ diagnostics, compiledRules, exceptions, overrides, program }: CompiledProgram): unknown {
  const rules = compiledRules.map((one) => {
    const { written, kept: _, ...rule } = one.rule;
    return {
      rule,
      written: written().node.toJSON(),
      table: one.table,
      isUnproven: one.isUnproven,
      expression: one.detection.expression,
      columns: one.detection.columns,
      narrowings: one.narrowings.map(({ of, detection }) => [of.title, detection.expression]),
    };
  });
  const refs =
    program &&
    [...program.tables].map(([table, { detections }]) => [
      table,
      detections.map((one) => [one.rule, one.to, one.silent]),
    ]);
  return plain({ diagnostics, rules, exceptions, overrides, refs });
}

function plain(value: unknown): unknown {
  if (typeof value === 'function') return undefined;
  if (value instanceof Regex) return 'a pattern';
  if (value instanceof Set) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, one]) => key !== 'slot' && key !== 'lines' && one !== undefined,
  );
  return Object.fromEntries(entries.map(([key, one]) => [key, plain(one)]));
}

describe('rules that were kept', () => {
  it('say what the files say', () => {
    const fromText = compiled(CORPUS);
    expect(fromText.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const fromKept = compiled(CORPUS, new KnownDetections('build', keptOf(CORPUS)));
    const used = usedOf(fromKept);
    expect(said(fromKept)).toEqual(said(fromText));
    for (const name of ['registry', 'network', 'logon', 'keywords-and-sharing', 'linux', 'lost-parts', 'two'])
      expect(used).toContain(`detections/${name}.yml`);
    // These depend on a list or a variable, or are switched off.
    for (const name of ['modifier-in_list', 'modifier-expand', 'modifier-gt'])
      expect(used).not.toContain(`detections/${name}.yml`);
  });

  it('say the same of rows, and why', () => {
    const rows = [
      rowOf('DeviceProcessEvents', {
        ActionType: 'ProcessCreated',
        DeviceName: 'known',
        FolderPath: 'C:\\a.exe',
        FileName: 'a.exe',
        ProcessCommandLine: 'mimikatz one two x1y /curl http://a/b.sh',
        ProcessIntegrityLevel: 'System',
      }),
      rowOf('DeviceRegistryEvents', {
        ActionType: 'RegistryValueSet',
        RegistryKey: 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa',
        RegistryValueName: 'x',
        RegistryValueType: 'Dword',
        RegistryValueData: '1',
        InitiatingProcessFolderPath: 'C:\\reg.exe',
      }),
      rowOf('DeviceNetworkEvents', {
        ActionType: 'ConnectionSuccess',
        RemoteIP: '::ffff:10.1.2.3',
        RemotePort: 443,
      }),
    ];
    const fromText = compiled(CORPUS).program;
    const fromKept = compiled(CORPUS, new KnownDetections('build', keptOf(CORPUS))).program;
    if (!fromText || !fromKept) throw new Error('they do not compile');
    const verdicts = rows.map((row) => evaluate(fromText, row));
    expect(JSON.stringify(verdicts)).toContain('soc');
    expect(rows.map((row) => evaluate(fromKept, row))).toEqual(verdicts);
    expect(rows.map((row) => explain(fromKept, row))).toEqual(rows.map((row) => explain(fromText, row)));
  });

  it('have the mistakes that the files have', () => {
    const files = [...CORPUS, ...BROKEN];
    const fromText = compiled(files);
    expect(fromText.program).toBeUndefined();
    expect(said(compiled(files, new KnownDetections('build', keptOf(files))))).toEqual(said(fromText));
  });

  it('say what the files say, whatever is in them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.array(fc.nat(11)), (seed, changed) => {
        const before = generateRules(12, seed);
        const after = before.map((one, n) =>
          changed.includes(n) ? { ...one, text: generateRules(12, seed + 1)[n]?.text ?? '' } : one,
        );
        const fromKept = compiled(after, new KnownDetections('build', keptOf(before)));
        expect(said(fromKept)).toEqual(said(compiled(after)));
        const same = after.filter(({ text }, n) => text === before[n]?.text).map(({ path }) => path);
        expect([...usedOf(fromKept)].sort()).toEqual(same.sort());
      }),
      { numRuns: runs(10) },
    );
  });
});

describe('what was kept', () => {
  const [one] = generateRules(1);
  if (!one) throw new Error('no rule');
  const usesKept = (files: readonly RuleFile[], kept: KeptDetections, build = 'build', context = CONTEXT) =>
    usedOf(compiled(files, new KnownDetections(build, kept), context)).size > 0;

  it('is used for the same text, the same code, the same columns and the same mappings', () => {
    const kept = keptOf([one]);
    expect(usesKept([one], kept)).toBe(true);
    expect(usesKept([{ ...one, text: `${one.text}\n` }], kept)).toBe(false);
    expect(usesKept([{ ...one, path: 'detections/other.yml' }], kept)).toBe(false);
    expect(usesKept([one], kept, 'another build')).toBe(false);
    const table = { path: 'DeviceProcessEvents.yaml', text: 'table: DeviceProcessEvents\n' };
    const columns = { ...table, text: `${table.text}columns: { Own: string }\n` };
    expect(usesKept([one, columns], kept)).toBe(false);
    expect(usesKept([one, columns], keptOf([one, columns]))).toBe(true);
    const transform = { ...columns, text: `${columns.text}transform:\n  - remove: [ReportId]\n` };
    expect(usesKept([one, transform], keptOf([one, columns]))).toBe(true);
    const mapping = {
      path: 'mappings/own.yml',
      text: 'mappings:\n  - logsource: { category: process_creation }\n    tables:\n      - table: DeviceEvents\n        fields: { Image: FileName }\n',
    };
    expect(usesKept([one, mapping], kept)).toBe(false);
    const schema = { path: 'schema.yaml', text: 'tables:\n  Own_CL:\n    columns: { A: string }\n' };
    expect(usesKept([one, schema], kept)).toBe(false);
  });

  it('stays from load to load, and goes with its file', () => {
    const [, two, three] = generateRules(3);
    if (!two || !three) throw new Error('no rules');
    const known = new KnownDetections('build');
    compiled([one, two], known);
    while (known.write(1)) {}
    const { revision } = known;
    expect(usedOf(compiled([one, two], known)).size).toBe(2);
    expect(known.write(10)).toBe(false);
    expect(known.revision).toBe(revision);
    expect([...usedOf(compiled([one, three], known))]).toEqual([one.path]);
    while (known.write(1)) {}
    expect([...known.kept.entries.keys()]).toEqual([one.path, three.path]);
    expect(known.revision).not.toBe(revision);
  });

  it('is compiled instead where it cannot be read', () => {
    const kept = keptOf(CORPUS);
    const expected = said(compiled(CORPUS));
    const changes: readonly ((entry: {
      digest: string;
      head: string;
      bodies: readonly string[];
    }) => object)[] = [
      () => ({ head: '{' }),
      () => ({ bodies: [] }),
      ({ bodies }) => ({ bodies: bodies.map((body) => body.slice(0, -1)) }),
      ({ bodies }) => ({ bodies: bodies.map(() => '["again",7]') }),
      ({ head }) => ({ head: head.replaceAll('"rendered","', '"rendered","no ') }),
      ({ head }) => ({ head: head.replaceAll(/"sources":\[.*?\]/g, '"sources":[]') }),
    ];
    for (const change of changes) {
      const entries = new Map(
        [...kept.entries].map(([path, entry]) => [path, { ...entry, ...change(entry) }]),
      );
      expect(said(compiled(CORPUS, new KnownDetections('build', { ...kept, entries })))).toEqual(expected);
    }
  });

  it('is compiled instead where somebody has written it by hand', () => {
    const kept = keptOf([one]);
    const expected = compiled([one]);
    const row = rowOf('DeviceProcessEvents', { ActionType: 'ProcessCreated', ProcessCommandLine: 'whoami' });
    const [[path, entry] = []] = kept.entries;
    if (path === undefined || !entry || !expected.program) throw new Error('nothing is kept');
    const { program } = expected;
    const rules = said(expected);
    const heads = [
      ...['{}', '[]', 'null', '7', '{"diagnostics":[],"rules":null}', '{"diagnostics":[],"rules":[{}]}'],
      '{"diagnostics":[],"rules":[{"rule":null,"tables":[]}]}',
      entry.head.replace('"losses":[', '"losses":null,"x":['),
      entry.head.replace('"found":[', '"found":3,"x":['),
      entry.head.replace('"logsource":{', '"logsource":null,"x":{'),
    ];
    const field = (value: string) => `["field",[1,1,1],0,"l",${value}]`;
    const bodies = [
      ...['[]', '{}', '1', '"x"', '["and",[1,1,1],0,["x"]]', '["and",[1,1,1],0,5]', '["not",[1,1,1]]'],
      ...['["field",null,0,"l"]', '["field",[1,1,1],"length","l",["v",[1,1,1],[0]]]'],
      ...['["unavailable",[1,1,1],null]', '["unavailable",[1,1,1],{}]', '["and",[1,1,1],7]'],
      field('["v",[1,1,1],["zzz"]]'),
      field('["v",[1,1,1],["compare","??",1]]'),
      field('["v",[1,1,1],["compare","lt",{}]]'),
      field('["v",[1,1,1],["time","age","eq",1]]'),
      field('["v",[1,1,1],["wildcard",1,{}]]'),
      field('["v",[1,1,1],[99]]'),
      field('[5,[1,1,1],[1,7]]'),
      field('["v",[1,1,"1"],[1]]'),
    ];
    const changes = [
      ...heads.map((head) => ({ head })),
      ...bodies.map((body) => ({ bodies: entry.bodies.map(() => body) })),
    ];
    for (const change of changes) {
      const entries = new Map([[path, { ...entry, ...change }]]);
      const known = new KnownDetections('build', { ...kept, entries });
      const read = compiled([one], known);
      expect(said(read), JSON.stringify(change)).toEqual(rules);
      expect(read.program && evaluate(read.program, row)).toEqual(evaluate(program, row));
    }
  });

  it('is not that of a text that is another one in the same bytes', () => {
    const file = (part: string) => ({ ...one, text: one.text.replace('title: ', `title: ${part}`) });
    const kept = keptOf([file('\ud800')]);
    expect(said(compiled([file('\udc00')], new KnownDetections('build', kept)))).toEqual(
      said(compiled([file('\udc00')])),
    );
  });

  it('does not grow with how often a condition names a part', () => {
    const part = Array.from({ length: 200 }, (_, n) => `w${n}`).join(', ');
    const often = Array.from({ length: 400 }, () => 's').join(' or ');
    const text = `title: T\nlevel: low\nlogsource: { category: process_creation, product: windows }\ndetection:\n  s: { CommandLine|contains: [${part}] }\n  condition: ${often}\n`;
    const [entry] = keptOf([{ path: 'detections/t.yml', text }]).entries.values();
    expect(entry?.bodies.join('').length).toBeLessThan(4 * text.length);
  });

  it('is refused as a text of another form, of other code, or damaged', () => {
    const text = keptText(keptOf([one]), 'build');
    expect(/^[\0-\x7f]*$/.test(text)).toBe(true);
    expect(() => readKeptText(text, 'other')).toThrow('another version');
    expect(() => readKeptText('', 'build')).toThrow('another form');
    const last = text.split('\n').slice(0, 2);
    const withSum = (rest: string) => [...last, sha256OfAll([rest]), rest].join('\n');
    for (const rest of ['e\n["p","d",1000000000]\n{}', 'e\n["p","d"]\n{}', 'e\n{}', 'e\nx', 'e\n["p","d",1]'])
      expect(() => readKeptText(withSum(rest), 'build')).toThrow('damaged');
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('', 'x', '\n', '0'), (at, by) => {
        fc.pre(text[at] !== by);
        expect(() => readKeptText(text.slice(0, at) + by + text.slice(at + 1), 'build')).toThrow();
        expect(() => readKeptText(text.slice(0, at), 'build')).toThrow();
      }),
    );
  });
});
