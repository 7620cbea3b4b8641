import { describe, expect, it } from 'vitest';
import { codes, compile, detection, field, sources, view } from '../support.ts';

describe('examples of the Sigma rules specification 2.1', () => {
  it('a list of texts is looked for in the whole event, joined with OR', () => {
    const matches = detection(`
keywords:
    - 'EVILSERVICE'
    - 'svchost.exe -n evil'
condition: keywords`);
    expect(matches({ Message: 'started EvilService now' })).toBe(true);
    expect(matches({ Nested: { deep: ['x', { y: 'C:\\svchost.exe -n evil -z' }] } })).toBe(true);
    expect(matches({ EvilService: 'svchost.exe' })).toBe(false);
  });

  it('a list of maps is joined with OR', () => {
    const matches = detection(String.raw`
selection:
    - Image|endswith: '\\example.exe'
    - Description|contains: 'Test executable'
condition: selection`);
    expect(matches({ Image: 'C:\\example.exe' })).toBe(true);
    expect(matches({ Description: 'A test executable.' })).toBe(true);
    expect(matches({ Image: 'C:\\other.exe', Description: '' })).toBe(false);
  });

  it('a map is joined with AND, a list in it with OR', () => {
    const matches = detection(`
selection:
    EventLog: Security
    EventID:
        - 517
        - 1102
condition: selection`);
    expect(matches({ EventLog: 'Security', EventID: 517 })).toBe(true);
    expect(matches({ EventLog: 'security', EventID: '1102' })).toBe(true);
    expect(matches({ EventLog: 'Security', EventID: 4688 })).toBe(false);
    expect(matches({ EventID: 517 })).toBe(false);
  });

  it('values such as 0x17 are texts', () => {
    const matches = detection(`
selection:
      EventLog: Security
      EventID: 4769
      TicketOptions: '0x40810000'
      TicketEncryption: '0x17'
condition: selection`);
    const row = {
      EventLog: 'Security',
      EventID: 4769,
      TicketOptions: '0x40810000',
      TicketEncryption: '0x17',
    };
    expect(matches(row)).toBe(true);
    expect(matches({ ...row, TicketEncryption: 23 })).toBe(false);
  });

  it('special values: null, and the empty text', () => {
    const matches = detection(`
selection:
    EventID: 4738
filter:
    PasswordLastSet: null
condition: selection and not filter`);
    expect(matches({ EventID: 4738 })).toBe(false);
    expect(matches({ EventID: 4738, PasswordLastSet: null })).toBe(false);
    expect(matches({ EventID: 4738, PasswordLastSet: '%%1794' })).toBe(true);
    expect(matches({ EventID: 4738, PasswordLastSet: '' })).toBe(true);
    expect(field("A: ''")({ A: '' })).toBe(true);
    expect(field("A: ''")({ A: 'x' })).toBe(false);
    expect(field("A: ''")({ A: null })).toBe(false);
    expect(field("A: ''")({})).toBe(false);
    expect(field("A: [null, '']")({})).toBe(true);
  });

  it('field existence', () => {
    const matches = detection(`
selection:
    EventID: 4738
    PasswordLastSet|exists: true
condition: selection`);
    expect(matches({ EventID: 4738, PasswordLastSet: null })).toBe(true);
    expect(matches({ EventID: 4738 })).toBe(false);
  });

  it('keywords', () => {
    const matches = detection(`
mimikatz_keywords:
    - 'event::clear'
    - 'event::drop'
condition: mimikatz_keywords`);
    expect(matches({ ProcessCommandLine: 'mimikatz EVENT::CLEAR' })).toBe(true);
    expect(matches({ ProcessCommandLine: 'event:clear' })).toBe(false);
  });

  it('keywords joined with AND', () => {
    const matches = detection(`
keywords_cmdlet:
    '|all':
        - 'OabVirtualDirectory'
        - ' -ExternalUrl '
condition: keywords_cmdlet`);
    expect(matches({ A: 'Set-OabVirtualDirectory', B: 'x -ExternalUrl y' })).toBe(true);
    expect(matches({ A: 'Set-OabVirtualDirectory' })).toBe(false);
  });

  it('keywords with wildcards, expressions and numbers; a scalar is one keyword (2.2)', () => {
    expect(detection("k: 'a*b'\ncondition: k")({ X: '-- a---b --' })).toBe(true);
    expect(detection("k: {'|re': '^a[0-9]$'}\ncondition: k")({ X: 'a1' })).toBe(true);
    expect(detection('k: [4688]\ncondition: k')({ X: 4688 })).toBe(true);
    expect(codes("k: {'|gt': 1}\ncondition: k")).toEqual(['bad-modifier']);
  });

  it('an empty part, and parts in the wrong shape, are errors', () => {
    expect(codes('s: {}\ncondition: s')).toEqual(['empty-part']);
    expect(codes('s: []\ncondition: s')).toEqual(['empty-part']);
    expect(codes('s:\ncondition: s')).toEqual(['empty-part']);
    expect(codes('- a')).toEqual(['wrong-type']);
  });
});

describe('rows', () => {
  it('matches any element of an array, and reaches into objects', () => {
    expect(field('A: x')({ A: ['y', 'X'] })).toBe(true);
    expect(field('A.b: x')({ A: { b: 'x' } })).toBe(true);
    expect(field('A.b: x')({ A: [{ b: 'y' }, { b: 'x' }] })).toBe(true);
    expect(field('A.b: x')({ 'A.b': 'x' })).toBe(true);
    expect(field('A: x')({ A: { x: 'x' } })).toBe(false);
  });

  it('reads JSON in a text when a path leads into it', () => {
    const matches = field('AdditionalFields.PipeName|endswith: evil');
    expect(matches({ AdditionalFields: '{"PipeName":"\\\\Device\\\\NamedPipe\\\\Evil"}' })).toBe(true);
    expect(matches({ AdditionalFields: '{"PipeName":' })).toBe(false);
    expect(matches({ AdditionalFields: 'PipeName' })).toBe(false);
    expect(matches({ AdditionalFields: null })).toBe(false);
  });

  it('takes keys such as __proto__ and constructor for what they are', () => {
    const row = JSON.parse('{"__proto__": {"x": "y"}, "A": 1}');
    expect(field('__proto__.x: y')(row)).toBe(true);
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
      expect(field(`${name}|exists: true`)({ A: 1 })).toBe(false);
      expect(field(`${name}.name|exists: true`)({ A: 1 })).toBe(false);
    }
  });

  it('survives rows nested very deep', () => {
    const deep = `${'['.repeat(50_000)}"needle"${']'.repeat(50_000)}`;
    const row = { A: JSON.parse(deep), B: `{"x":${'['.repeat(20_000)}1${']'.repeat(20_000)}}` };
    expect(detection('k: [needle]\ncondition: k')(row)).toBe(false);
    expect(field('A.b.c: x')(row)).toBe(false);
    expect(field('B.x.y: 1')(row)).toBe(false);
  });
});

describe('what is kept', () => {
  it('names of columns that only rows know are not', () => {
    const row = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`Column${i}`, `needle${i}`]));
    const { detection: compiled } = compile('k: [needle999]\ncondition: k');
    const before = sources.size;
    const record = view(row);
    expect(compiled?.matchedValues(record)).toEqual([{ column: 'Column999', value: 'needle999' }]);
    expect(record.texts('Column5')).toEqual(['needle5']);
    expect(record.folded('Column6')).toEqual(['needle6']);
    expect(record.value('Column7')).toBe('needle7');
    expect(sources.size).toBe(before);
  });
});
