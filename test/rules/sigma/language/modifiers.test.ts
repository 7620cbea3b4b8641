import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../support/processor-time.ts';
import { codes, field } from '../support.ts';

describe('generic modifiers (modifiers appendix 2.1)', () => {
  it('compares whole texts, whatever their case', () => {
    const matches = field("FileName: 'Cmd.exe'");
    expect(matches({ FileName: 'CMD.EXE' })).toBe(true);
    expect(matches({ FileName: 'cmd.exe ' })).toBe(false);
    expect(matches({})).toBe(false);
  });

  it('contains, startswith, endswith', () => {
    expect(field('A|contains: b')({ A: 'aBc' })).toBe(true);
    expect(field('A|startswith: adm')({ A: 'Administrator' })).toBe(true);
    expect(field('A|startswith: adm')({ A: 'xadm' })).toBe(false);
    expect(field(String.raw`A|endswith: '\cmd.exe'`)({ A: 'C:\\Windows\\CMD.exe' })).toBe(true);
    expect(field(String.raw`A|endswith: '\cmd.exe'`)({ A: 'C:\\cmd.exe.txt' })).toBe(false);
  });

  it('all joins a list with AND', () => {
    const matches = field('A|contains|all: [one, two]');
    expect(matches({ A: 'two and one' })).toBe(true);
    expect(matches({ A: 'one' })).toBe(false);
  });

  it('exists asks for the column, not its value', () => {
    const yes = field('A|exists: true');
    const no = field('A|exists: false');
    for (const row of [{ A: '' }, { A: null }, { A: 0 }]) {
      expect(yes(row)).toBe(true);
      expect(no(row)).toBe(false);
    }
    expect(yes({ B: 1 })).toBe(false);
    expect(no({ B: 1 })).toBe(true);
  });

  it('cased compares exactly', () => {
    expect(field('A|cased: Cmd')({ A: 'Cmd' })).toBe(true);
    expect(field('A|cased: Cmd')({ A: 'cmd' })).toBe(false);
    expect(field('A|contains|cased: Cmd')({ A: 'xCmdx' })).toBe(true);
    expect(field("A|cased: 'C*d'")({ A: 'CMd' })).toBe(true);
    expect(field("A|cased: 'C*d'")({ A: 'cMd' })).toBe(false);
  });

  it('neq differs from all of the values', () => {
    const matches = field('A|neq: [one, 2]');
    expect(matches({ A: 'ONE' })).toBe(false);
    expect(matches({ A: 2 })).toBe(false);
    expect(matches({ A: 'three' })).toBe(true);
    expect(matches({})).toBe(true);
    expect(field('A|contains|neq: x')({ A: 'axb' })).toBe(false);
  });
});

describe('encodings', () => {
  it('windash takes the dashes of parameters for one another', () => {
    const matches = field("A|contains|windash: ' -param-name /x '");
    for (const a of ['-', '/', '–', '—', '―']) {
      for (const b of ['-', '/', '–', '—', '―'])
        expect(matches({ A: `cmd ${a}param-name ${b}x ` })).toBe(true);
    }
    expect(matches({ A: 'cmd -param/name /x ' })).toBe(false);
    expect(field("A|windash|contains|all: ['-a', '-b']")({ A: '/b /a' })).toBe(true);
  });

  it('base64', () => {
    expect(field('A|base64: foobar')({ A: 'Zm9vYmFy' })).toBe(true);
    expect(field('A|base64|contains: foobar')({ A: 'x Zm9vYmFy' })).toBe(true);
  });

  it('base64offset finds a text at every offset within a Base64 text', () => {
    const matches = field("A|base64offset|contains: 'http://'");
    for (const prefix of ['', 'x', 'xy', 'xyz', 'wxyz']) {
      const encoded = Buffer.from(`${prefix}http://example.org/`).toString('base64');
      expect(matches({ A: `powershell -enc ${encoded}` })).toBe(true);
    }
    expect(matches({ A: Buffer.from('https://').toString('base64') })).toBe(false);
  });

  it('utf16le, wide, utf16be and utf16 under Base64', () => {
    const base64 = (...bytes: number[]) => Buffer.from(bytes).toString('base64');
    const le = base64(0x63, 0, 0x6d, 0, 0x64, 0);
    expect(field('A|utf16le|base64: cmd')({ A: le })).toBe(true);
    expect(field('A|wide|base64: cmd')({ A: le })).toBe(true);
    expect(field('A|utf16be|base64: cmd')({ A: base64(0, 0x63, 0, 0x6d, 0, 0x64) })).toBe(true);
    expect(field('A|utf16|base64: cmd')({ A: base64(0xff, 0xfe, 0x63, 0, 0x6d, 0, 0x64, 0) })).toBe(true);
  });

  it('utf16 without Base64 looks for the bytes as characters', () => {
    expect(field('A|wide|contains: cmd')({ A: 'xc\0m\0d\0' })).toBe(true);
  });

  it('wide|base64offset|contains finds encoded PowerShell', () => {
    const script = `${'x'.repeat(5)}IEX (New-Object Net.WebClient)`;
    const encoded = Buffer.from(script, 'utf16le').toString('base64');
    const matches = field("A|wide|base64offset|contains: 'Net.WebClient'");
    expect(matches({ A: `powershell -e ${encoded}` })).toBe(true);
  });

  it('refuses to encode wildcards', () => {
    const text = "s:\n  A|contains|base64: 'a*b'\ncondition: s";
    expect(codes(text)).toEqual(['bad-modifier']);
    expect(codes("s:\n  A|base64offset: 'a?b'\ncondition: s")).toEqual(['bad-modifier']);
    expect(field(String.raw`A|base64: 'a\*b'`)({ A: Buffer.from('a*b').toString('base64') })).toBe(true);
  });
});

describe('regular expressions', () => {
  it('match anywhere, case-sensitive by default', () => {
    expect(field("A|re: 'c[mn]d'")({ A: 'xcmdx' })).toBe(true);
    expect(field("A|re: 'c[mn]d'")({ A: 'CMD' })).toBe(false);
    expect(field("A|re: '^cmd$'")({ A: 'cmd' })).toBe(true);
    expect(field("A|re: '^cmd$'")({ A: 'cmd ' })).toBe(false);
  });

  it('take backslash, * and ? as they are', () => {
    expect(field(String.raw`A|re: '\\cmd\.exe.*\d{2,4}?'`)({ A: 'C:\\cmd.exe /c 123' })).toBe(true);
  });

  it('i, m and s', () => {
    expect(field("A|re|i: 'c[mn]d'")({ A: 'CMD' })).toBe(true);
    expect(field('A|re|i: plain')({ A: 'a PLAIN text' })).toBe(true);
    expect(field("A|re: '^b'")({ A: 'a\nb' })).toBe(false);
    expect(field("A|re|m: '^b'")({ A: 'a\nb' })).toBe(true);
    expect(field("A|re: 'a.b'")({ A: 'a\nb' })).toBe(false);
    expect(field("A|re|s: 'a.b'")({ A: 'a\nb' })).toBe(true);
    expect(field("A|re|i|m|s: '^B.C'")({ A: 'a\nb\nc' })).toBe(true);
  });

  it.each([
    ['ab$', 'xab'],
    ['^ab$', 'ab'],
    ['^a[bc]$', 'ab'],
    ['a.$', 'ab'],
    ['(?:x|ab)$', 'ab'],
    ['^a.*$', 'ab'],
    ['^ab\\b$', 'ab'],
  ])('%s stands before a newline at the end, as in PCRE', (pattern, text) => {
    for (const flags of ['', '|i', '|s', '|m', '|i|m']) {
      const matches = field(`A|re${flags}: '${pattern}'`);
      expect(matches({ A: text })).toBe(true);
      expect(matches({ A: `${text}\n` })).toBe(true);
      expect(matches({ A: [`other`, `${text}\n`] })).toBe(true);
      if (pattern.includes('.*') || flags.includes('m')) continue;
      expect(matches({ A: `${text}\n\n` })).toBe(false);
      expect(matches({ A: `${text}\r\n` })).toBe(false);
      expect(matches({ A: `${text}\ny` })).toBe(false);
    }
  });

  it('a $ that is text, and an end that is the end, take no newline', () => {
    expect(field(String.raw`A|re: 'a\$'`)({ A: 'a$' })).toBe(true);
    expect(field("A|re: '^[$]a[^$]$'")({ A: '$ab\n' })).toBe(true);
    expect(field(String.raw`A|re: '^ab\z'`)({ A: 'ab\n' })).toBe(false);
    expect(field("A|re: '^ab[$]?'")({ A: 'ab' })).toBe(true);
  });

  it('know their plain literals without losing matches', () => {
    const rows = ['ab', 'axb', 'xb', 'a{b', 'b', 'aab', 'a+b', 'a.b', 'foo}bar', '1-b'];
    const patterns = [
      'a?b',
      'a*b',
      'a+b',
      'a{0,1}b',
      '(a|x)b',
      'a|b',
      '[a-c]b',
      'a\\+b',
      'a\\.b',
      'x?(ab)*b',
      '\\d-b',
      'a{b',
      // The group is optional: what is in it must not be taken for needed.
      'a{b(c}foo)?',
      '{(}bar)?b',
    ];
    for (const pattern of patterns) {
      const matches = field(`A|re: '${pattern}'`);
      for (const A of rows)
        expect([pattern, A, matches({ A })]).toEqual([pattern, A, new RegExp(pattern).test(A)]);
    }
  });

  it('take linear time', () => {
    const matches = field("A|re: '^(a+)+$'");
    const start = processorMs();
    expect(matches({ A: `${'a'.repeat(50_000)}!` })).toBe(false);
    expect(processorMs() - start).toBeLessThan(5000);
  });

  it.each([
    ["'a(?=b)'", 'lookahead'],
    ["'(?<!a)b'", 'lookbehind'],
    [String.raw`'(a)\1'`, 'back-references'],
    ["'a(b'", 'missing closing'],
    ["'a++'", 'possessive'],
    ["'a{1,9999}'", '1000'],
  ])('%s is an error that says why', (pattern, reason) => {
    expect(codes(`s:\n  A|re: ${pattern}\ncondition: s`)).toEqual(['bad-regex']);
    expect(() => field(`A|re: ${pattern}`)).toThrow(reason);
  });
});

describe('numbers, times and addresses', () => {
  it('lt, lte, gt, gte', () => {
    const rows = [1, '2', 3, ' 4 ', 'x', null];
    const matching = (text: string) => rows.filter((A) => field(text)({ A }));
    expect(matching('A|lt: 2')).toEqual([1]);
    expect(matching('A|lte: 2')).toEqual([1, '2']);
    expect(matching('A|gt: 2')).toEqual([3, ' 4 ']);
    expect(matching('A|gte: 2.5')).toEqual([3, ' 4 ']);
    expect(matching('A|neq: 3')).toEqual([1, '2', ' 4 ', 'x', null]);
  });

  it('compare whole numbers beyond 2^53 digit by digit', () => {
    const rows = [
      '9007199254740992',
      ' 9007199254740993 ',
      '0x20000000000001',
      'QWORD (0x00200000-0x00000001)',
    ];
    const matching = (text: string) => rows.filter((A) => field(text)({ A }));
    expect(matching('A|gt: 9007199254740992')).toEqual(rows.slice(1));
    expect(matching('A|gte: 9007199254740993')).toEqual(rows.slice(1));
    expect(matching('A|lt: 9007199254740993')).toEqual(rows.slice(0, 1));
    expect(matching('A|lte: 9007199254740992')).toEqual(rows.slice(0, 1));
    expect(matching('A|lt: 1e20')).toEqual(rows);
    expect(field('A|lt: -9007199254740992')({ A: '-9007199254740993' })).toBe(true);
  });

  it('numbers and texts that read alike are equal', () => {
    expect(field('A: 4688')({ A: '4688' })).toBe(true);
    expect(field("A: '4688'")({ A: 4688 })).toBe(true);
    expect(field('A: 4688')({ A: 46_880 })).toBe(false);
    expect(field('A: true')({ A: true })).toBe(true);
    expect(field('A: true')({ A: 'True' })).toBe(true);
    expect(field('A: 12345678901234567890')({ A: '12345678901234567890' })).toBe(true);
    expect(field('A|startswith: 80')({ A: 8080 })).toBe(true);
  });

  it.each([
    ['minute', 7],
    ['hour', 22],
    ['day', 23],
    ['week', 48],
    ['month', 11],
    ['year', 2026],
  ])('%s', (part, value) => {
    const row = { Timestamp: '2026-11-23T22:07:59.1234567Z' };
    expect(field(`Timestamp|${part}: ${value}`)(row)).toBe(true);
    expect(field(`Timestamp|${part}: ${value + 1}`)(row)).toBe(false);
    expect(field(`Timestamp|${part}: ${value}`)({ Timestamp: 'yesterday' })).toBe(false);
  });

  it('parts of a time have bounds, and no zone means UTC', () => {
    expect(field('T|hour|gte: 20')({ T: '2026-11-23 22:07:59' })).toBe(true);
    expect(field('T|hour|lt: 20')({ T: '2026-11-23 22:07:59' })).toBe(false);
    expect(field('T|hour: 21')({ T: '2026-11-23T22:07:59+01:00' })).toBe(true);
    expect(field('T|hour: 0')({ T: '2026-11-23' })).toBe(true);
    expect(field('T|week: 53')({ T: '2027-01-01T00:00:00Z' })).toBe(true);
  });

  it('cidr', () => {
    const matches = field('Ip|cidr: [10.0.0.0/8, 192.168.1.0/24, fe80::/10, 0.0.0.0/32]');
    for (const Ip of ['10.1.2.3', '192.168.1.255', 'fe80::1', 'FEBF::', '::ffff:10.1.2.3', '0.0.0.0']) {
      expect(matches({ Ip })).toBe(true);
    }
    for (const Ip of ['11.0.0.1', '192.168.2.1', 'fec0::1', '10.1.2', '', '10.1.2.3.4', '::1', '300.1.1.1']) {
      expect(matches({ Ip })).toBe(false);
    }
    expect(field('Ip|cidr: 0.0.0.0/0')({ Ip: '8.8.8.8' })).toBe(true);
    for (const bad of ['10.0.0.0', '10.0.0.0/33', 'fe80::/129', 'x/8', '10.0.0/8']) {
      expect(codes(`s:\n  Ip|cidr: ${bad}\ncondition: s`)).toEqual(['bad-cidr']);
    }
  });
});

describe('fieldref and expand', () => {
  it('fieldref compares two columns', () => {
    const same = field('A|fieldref: B');
    expect(same({ A: 'x', B: 'X' })).toBe(true);
    expect(same({ A: 'x', B: 'y' })).toBe(false);
    expect(same({ A: 'x' })).toBe(false);
    expect(same({})).toBe(false);
    expect(field('A|fieldref|neq: B')({ A: 'x', B: 'y' })).toBe(true);
    expect(field('A|fieldref|startswith: B')({ A: 'xyz', B: 'XY' })).toBe(true);
    expect(field('A|fieldref|endswith: B')({ A: 'xyz', B: 'xy' })).toBe(false);
    expect(field('A|fieldref|contains: B')({ A: 'xyz', B: 'y' })).toBe(true);
    expect(field('A|fieldref|cased: B')({ A: 'x', B: 'X' })).toBe(false);
  });

  const variables = { name: ['alice', 'b*b'], one: '1', Servers: 'srv*' };

  it('expand fills placeholders with patterns', () => {
    expect(field("A|expand: '%name%'", { variables })({ A: 'ALICE' })).toBe(true);
    expect(field("A|expand: '%name%'", { variables })({ A: 'blob' })).toBe(true);
    expect(field("A|expand: '%Servers%'", { variables })({ A: 'srv01' })).toBe(true);
    expect(field("A|contains|expand: '-%name%-%one%-'", { variables })({ A: 'x-bob-1-' })).toBe(true);
    expect(field("A|re|expand: '^%one%\\d$'", { variables })({ A: '12' })).toBe(true);
  });

  it('percent signs are plain without expand, and where they are escaped', () => {
    expect(field("A: '%name%'", { variables })({ A: '%name%' })).toBe(true);
    expect(field(String.raw`A|expand: '\%plain%name%'`, { variables })({ A: '%plainalice' })).toBe(true);
  });

  it('an unknown placeholder is an error', () => {
    expect(codes("s:\n  A|expand: '%nobody%'\ncondition: s", { variables })).toEqual(['unknown-placeholder']);
  });
});

describe('chains that make no sense are errors', () => {
  it.each([
    ['A|startwith', 'unsupported-modifier'],
    ['A|contains|contains', 'bad-modifier'],
    ['A|contains|startswith', 'bad-modifier'],
    ['A|re|contains', 'bad-modifier'],
    ['A|re|cased', 'bad-modifier'],
    ['A|i', 'bad-modifier'],
    ['A|i|re', 'bad-modifier'],
    ['A|cidr|re', 'bad-modifier'],
    ['A|gt|lt', 'bad-modifier'],
    ['A|base64|re', 'bad-modifier'],
    ['A|', 'unsupported-modifier'],
  ])('%s', (key, code) => {
    expect(codes(`s:\n  ${key}: x\ncondition: s`)).toEqual([code]);
  });

  it.each([
    ['A|gt: x', 'bad-value'],
    ["A|gt: '5'", 'bad-value'],
    ['A|exists: maybe', 'bad-value'],
    ['A|re: null', 'bad-value'],
    ['A|contains: null', 'bad-value'],
    ['A|contains:', 'bad-value'],
    ['A|hour: noon', 'bad-value'],
    ['A: []', 'empty-list'],
    ['A: { b: c }', 'bad-value'],
    ['A: [[b]]', 'bad-value'],
  ])('%s', (text, code) => {
    expect(codes(`s:\n  ${text}\ncondition: s`)).toEqual([code]);
  });

  it('all on a single value is a warning', () => {
    expect(codes('s:\n  A|contains|all: x\ncondition: s')).toEqual(['single-all']);
  });
});
