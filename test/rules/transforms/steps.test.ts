import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steps } from '../../../src/rules/transforms/index.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { compileSteps, frozen } from './run.ts';

const row = frozen({
  DeviceName: 'WS-01.Contoso.com',
  FileName: 'certutil.exe',
  ProcessCommandLine: 'certutil -urlcache http://evil Password=hunter2 x',
  AdditionalFields: '{"a":{"b":1},"c":[1,2]}',
  AccountUpn: 'Ada@contoso.com',
  ProcessId: 4711,
  Timestamp: '2026-11-23T07:04:05.1234567Z',
  AppGuardContainerId: '',
  LogonId: null,
}) as JsonObject;

function result(yaml: string, variables = {}): JsonObject {
  const { run, problems } = compileSteps(yaml, 'DeviceProcessEvents', variables);
  expect(problems.filter((one) => one.startsWith('error'))).toEqual([]);
  return run(row);
}

describe('keep and remove', () => {
  it('keep leaves the listed columns in their order', () => {
    expect(Object.keys(result('  - keep: [FileName, DeviceName]'))).toEqual(['DeviceName', 'FileName']);
    expect(Object.keys(result('  - keep: FileName'))).toEqual(['FileName']);
  });

  it('remove drops the listed columns', () => {
    expect(result('  - remove: [AdditionalFields, Timestamp]')).not.toHaveProperty('AdditionalFields');
    expect(result('  - remove: AppGuardContainerId')).not.toHaveProperty('AppGuardContainerId');
  });

  it('take * for any characters', () => {
    expect(Object.keys(result('  - keep: ["*Name", Process*]'))).toEqual([
      'DeviceName',
      'FileName',
      'ProcessCommandLine',
      'ProcessId',
    ]);
    expect(Object.keys(result('  - keep: ["*e*Line"]'))).toEqual(['ProcessCommandLine']);
  });

  it('remove_empty drops null and empty texts', () => {
    const out = result('  - remove_empty: true');
    expect(Object.keys(out)).toEqual(
      Object.keys(row).filter((name) => row[name] !== null && row[name] !== ''),
    );
  });
});

describe('rename, copy and set', () => {
  it('rename keeps place and value', () => {
    const out = result('  - rename: { DeviceName: host.name }');
    expect(Object.keys(out)[0]).toBe('host.name');
    expect(out['host.name']).toBe(row.DeviceName);
    expect(out).not.toHaveProperty('DeviceName');
  });

  it('rename swaps', () => {
    const out = result('  - rename: { FileName: DeviceName, DeviceName: FileName }');
    expect([out.FileName, out.DeviceName]).toEqual([row.DeviceName, row.FileName]);
  });

  it('rename wins over a column that the schema does not know', () => {
    const { run } = compileSteps('  - rename: { FileName: brand_new }');
    expect(run({ brand_new: 1, FileName: 'a' })).toEqual({ brand_new: 'a' });
    expect(run({ FileName: 'a', brand_new: 1 })).toEqual({ brand_new: 'a' });
    expect(run({ brand_new: 1 })).toEqual({ brand_new: 1 });
  });

  it('copy leaves the first', () => {
    expect(result('  - copy: { DeviceName: host }')).toEqual({ ...row, host: row.DeviceName });
    expect(result('  - copy: { SHA1: hash_value }')).toBe(row);
  });

  it('set writes constants and variables', () => {
    const out = result(
      '  - set: { environment: production, site: $SITE, price: $$5, n: 1, o: { a: [null] } }',
      {
        SITE: 'zrh',
      },
    );
    expect(out).toEqual({
      ...row,
      environment: 'production',
      site: 'zrh',
      price: '$5',
      n: 1,
      o: { a: [null] },
    });
  });
});

describe('texts', () => {
  it('lowercase and uppercase change texts only', () => {
    expect(result('  - lowercase: [DeviceName, AccountUpn, SHA1]')).toEqual({
      ...row,
      DeviceName: 'ws-01.contoso.com',
      AccountUpn: 'ada@contoso.com',
    });
    expect(result('  - uppercase: FileName').FileName).toBe('CERTUTIL.EXE');
  });

  it('truncate marks the cut and keeps surrogate pairs whole', () => {
    expect(result('  - truncate: { columns: FileName, length: 4 }').FileName).toBe('cert…');
    expect(result('  - truncate: { columns: FileName, length: 12 }')).toBe(row);
    const { run } = compileSteps('  - truncate: { columns: FileName, length: 2 }');
    expect(run({ FileName: 'a😀b' })).toEqual({ FileName: 'a…' });
  });

  it('redact takes the matches, or the whole', () => {
    const out = result(
      '  - redact: { columns: ProcessCommandLine, pattern: "(?i)password=\\\\S+", with: "$0 \\\\1" }',
    );
    expect(out.ProcessCommandLine).toBe('certutil -urlcache http://evil $0 \\1 x');
    expect(result('  - redact: { columns: [AccountUpn, ProcessId, LogonId] }')).toEqual({
      ...row,
      AccountUpn: '[redacted]',
      ProcessId: '[redacted]',
    });
  });
});

describe('parse_json and flatten', () => {
  it('reads objects and lists, leaves the rest', () => {
    expect(result('  - parse_json: [AdditionalFields, FileName]').AdditionalFields).toEqual({
      a: { b: 1 },
      c: [1, 2],
    });
    const { run } = compileSteps('  - parse_json: AdditionalFields');
    for (const text of ['', '{', '42', '"x"', 'null', '{"a":1}x', '[1', 'x{}']) {
      const given = frozen({ AdditionalFields: text });
      expect(run(given)).toBe(given);
    }
    expect(run({ AdditionalFields: ' \n[1]' })).toEqual({ AdditionalFields: [1] });
    // Numbers that a double cannot hold stay as they were written, as those of the row do.
    const numbers = '{"n":1e400,"in":[{"id":12345678901234567890,"zero":-0}]}';
    expect(JSON.stringify(run({ AdditionalFields: numbers }))).toBe(`{"AdditionalFields":${numbers}}`);
  });

  it('leaves what nests deeper than 64 as text', () => {
    const { run } = compileSteps('  - parse_json: AdditionalFields');
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(run({ AdditionalFields: nested(64) }).AdditionalFields).toBeInstanceOf(Array);
    expect(run({ AdditionalFields: nested(65) }).AdditionalFields).toBe(nested(65));
    expect(run({ AdditionalFields: nested(1_000_000) }).AdditionalFields).toHaveLength(2_000_000);
    const text = JSON.stringify({ text: `${'['.repeat(100)}\\"` });
    expect(run({ AdditionalFields: text }).AdditionalFields).toEqual(JSON.parse(text));
  });

  it('flatten copies keys beside the object, and overwrites none', () => {
    const out = result('  - parse_json: AdditionalFields\n  - flatten: { column: AdditionalFields }');
    expect(out['AdditionalFields.a']).toEqual({ b: 1 });
    const { run } = compileSteps('  - flatten: { column: AdditionalFields, prefix: "" }', 'CloudAppEvents');
    expect(run({ AdditionalFields: { City: 'x', New: 1 }, City: 'y' })).toMatchObject({ City: 'y', New: 1 });
    expect(run({ AdditionalFields: [1] })).toEqual({ AdditionalFields: [1] });
  });
});

describe('hash', () => {
  it('is plain without a key, with a warning, and HMAC with one', () => {
    const plain = compileSteps('  - hash: { columns: AccountUpn }');
    expect(plain.run(row).AccountUpn).toBe(createHash('sha256').update('Ada@contoso.com').digest('hex'));
    expect(plain.problems).toEqual([expect.stringContaining('warning no-hash-key')]);
    const key = 'k'.repeat(32);
    const out = result(
      '  - hash: { columns: [AccountUpn, ProcessId, LogonId, SHA1], with: sha512, key: $K }',
      { K: key },
    );
    expect(out.AccountUpn).toBe(createHmac('sha512', key).update('Ada@contoso.com').digest('hex'));
    expect(out.ProcessId).toBe(createHmac('sha512', key).update('4711').digest('hex'));
    expect(out.LogonId).toBeNull();
    expect(out).not.toHaveProperty('SHA1');
  });
});

describe('map', () => {
  it('translates, with a default and into another column', () => {
    expect(result('  - map: { column: ProcessId, values: { 4711: cologne } }').ProcessId).toBe('cologne');
    expect(result('  - map: { column: FileName, values: { a: b } }')).toBe(row);
    expect(result('  - map: { column: FileName, values: { a: b }, default: other }').FileName).toBe('other');
    expect(result('  - map: { column: FileName, values: { certutil.exe: null } }').FileName).toBeNull();
    expect(result('  - map: { column: FileName, values: { certutil.exe: lolbin }, to: kind }')).toEqual({
      ...row,
      kind: 'lolbin',
    });
    expect(result('  - map: { column: SHA1, values: { a: b }, to: kind }')).toBe(row);
  });
});

describe('timestamp', () => {
  it('writes seconds, milliseconds and RFC 3339', () => {
    expect(result('  - timestamp: { columns: Timestamp, format: epoch }').Timestamp).toBe(1795417445.123456);
    expect(result('  - timestamp: { columns: Timestamp, format: epoch_ms, to: _time }')).toEqual({
      ...row,
      _time: 1795417445123,
    });
    expect(result('  - timestamp: { columns: [Timestamp], format: iso }').Timestamp).toBe(
      '2026-11-23T07:04:05.123Z',
    );
  });

  it('knows the forms Defender writes, and leaves what is no time', () => {
    const { run } = compileSteps('  - timestamp: { columns: Timestamp, format: iso }');
    const iso = (text: string) => run({ Timestamp: text }).Timestamp;
    expect(iso('2026-11-23T07:04:05Z')).toBe('2026-11-23T07:04:05.000Z');
    expect(iso('2026-11-23 07:04:05.1')).toBe('2026-11-23T07:04:05.100Z');
    expect(iso('2026-11-23T07:04:05+0130')).toBe('2026-11-23T05:34:05.000Z');
    for (const text of ['', 'yesterday', '2026-13-01T00:00:00Z', '2026-11-23', `${'9'.repeat(100_000)}`])
      expect(iso(text)).toBe(text);
  });
});

/** Each step, a row, and what it makes of the row. In this order they also run one after the other. */
const EFFECTS: readonly (readonly [step: string, row: JsonObject, becomes: JsonObject])[] = [
  ['parse_json: AdditionalFields', { AdditionalFields: '{"a":1}' }, { AdditionalFields: { a: 1 } }],
  [
    'flatten: { column: AdditionalFields }',
    { AdditionalFields: { a: 1 } },
    { AdditionalFields: { a: 1 }, 'AdditionalFields.a': 1 },
  ],
  [
    "extract: { column: ProcessCommandLine, pattern: '(?i)/user:(?<target_user>\\S+)' }",
    { ProcessCommandLine: 'net use /USER:bob x' },
    { ProcessCommandLine: 'net use /USER:bob x', target_user: 'bob' },
  ],
  [
    'split: { column: FolderPath, at: ";", to: parts }',
    { FolderPath: 'a; b;;c' },
    { FolderPath: 'a; b;;c', parts: ['a', 'b', 'c'] },
  ],
  [
    "join: { columns: [AccountDomain, AccountName], with: '\\', to: User }",
    { AccountDomain: 'c', AccountName: 'bob' },
    { AccountDomain: 'c', AccountName: 'bob', User: 'c\\bob' },
  ],
  [
    'coalesce: { columns: [AccountUpn, AccountName], to: who }',
    { AccountUpn: '', AccountName: 'bob' },
    { AccountUpn: '', AccountName: 'bob', who: 'bob' },
  ],
  [
    'dedupe_values: AdditionalFields',
    { AdditionalFields: ['a', 'b', 'a', 1, '1', 1] },
    { AdditionalFields: ['a', 'b', 1, '1'] },
  ],
  [
    'url: { column: AdditionalFields, to: origin }',
    { AdditionalFields: 'http://u:p@Größe.example/a.exe#f' },
    {
      AdditionalFields: 'http://u:p@Größe.example/a.exe#f',
      origin: {
        scheme: 'http',
        host: 'xn--gre-6ka8i.example',
        port: 80,
        path: '/a.exe',
        fragment: 'f',
        extension: 'exe',
      },
    },
  ],
  [
    'user_agent: { column: FolderPath, to: agent }',
    {
      FolderPath:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    },
    {
      FolderPath:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
      agent: {
        browser: 'Chrome',
        browser_version: '131.0.0.0',
        os: 'Windows',
        os_version: 'NT 10.0',
        device: 'desktop',
        engine: 'Blink',
      },
    },
  ],
  [
    'decode_base64: { column: AdditionalFields, charset: utf16le, to: script }',
    { AdditionalFields: 'dwBoAG8AYQBtAGkA' },
    { AdditionalFields: 'dwBoAG8AYQBtAGkA', script: 'whoami' },
  ],
  ['lowercase: [DeviceName]', { DeviceName: 'PC-1' }, { DeviceName: 'pc-1' }],
  ['uppercase: [FileName]', { FileName: 'a.exe' }, { FileName: 'A.EXE' }],
  [
    'truncate: { columns: ProcessCommandLine, length: 8 }',
    { ProcessCommandLine: 'certutil -f' },
    { ProcessCommandLine: 'certutil…' },
  ],
  [
    'redact: { columns: [FolderPath], pattern: "a+" }',
    { FolderPath: 'baad' },
    { FolderPath: 'b[redacted]d' },
  ],
  [
    'lookup: { list: vips, key: AccountUpn, set: { owner: owner, vip: true } }',
    { AccountUpn: 'ADA@contoso.com' },
    { AccountUpn: 'ADA@contoso.com', owner: 'Ann', vip: true },
  ],
  [
    'geo: { database: geo, column: ProcessRemoteSessionIP, set: { country: country.iso_code, known: true } }',
    { ProcessRemoteSessionIP: '203.0.113.9' },
    { ProcessRemoteSessionIP: '203.0.113.9', country: 'CH', known: true },
  ],
  [
    'hash: { columns: AccountUpn, key: $KEY }',
    { AccountUpn: 'ada@contoso.com' },
    { AccountUpn: createHmac('sha256', 'k'.repeat(32)).update('ada@contoso.com').digest('hex') },
  ],
  ['map: { column: ActionType, values: { a: b }, default: c }', { ActionType: 'a' }, { ActionType: 'b' }],
  [
    'timestamp: { columns: Timestamp, format: epoch }',
    { Timestamp: '1970-01-01T00:00:09Z' },
    { Timestamp: 9 },
  ],
  ['copy: { SHA256: hash_value }', { SHA256: 'ab' }, { SHA256: 'ab', hash_value: 'ab' }],
  ['set: { environment: test }', {}, { environment: 'test' }],
  ['rename: { MD5: md5 }', { MD5: 'ab' }, { md5: 'ab' }],
  ['remove: [AppGuardContainerId]', { AppGuardContainerId: '', FileName: 'a' }, { FileName: 'a' }],
  ['remove_empty: true', { FileName: '', MD5: null, SHA1: 'ab' }, { SHA1: 'ab' }],
  ['keep: ["File*"]', { FileName: 'a', SHA1: 'ab' }, { FileName: 'a' }],
];

describe('dedupe_values', () => {
  it('stops where the allowance of the row ends, and leaves the rest as it is', () => {
    const columns = Array.from({ length: 40 }, (_, n) => `c${n}`);
    const { run } = compileSteps(`  - dedupe_values: [${columns.join(', ')}]`, 'NewTable');
    const list = Array.from({ length: 10_000 }, () => 'a');
    const out = run(Object.fromEntries(columns.map((name) => [name, list])));
    expect(out.c0).toEqual(['a']);
    expect(out.c39).toBe(list);
  });
});

describe('every step', () => {
  const key = { KEY: 'k'.repeat(32) };
  const all = EFFECTS.map(([step]) => `  - ${step.replace('keep: ["File*"]', 'keep: ["*"]')}`).join('\n');
  const compiled = compileSteps(all, 'DeviceProcessEvents', key);

  it('has an entry in EFFECTS', () => {
    expect(compiled.problems).toEqual([]);
    // The order of keys is tested by itself.
    const shown = ['sort_keys', ...EFFECTS.map(([step]) => step.split(':')[0])];
    expect(steps.map(({ verb }) => verb).filter((verb) => !shown.includes(verb))).toEqual([]);
  });

  it.each(EFFECTS)('%s', (step, given, becomes) => {
    expect(becomes).not.toEqual(given);
    // A step on an object needs one that made it.
    const before = step.startsWith('flatten') ? '  - parse_json: AdditionalFields\n' : '';
    const { run, problems } = compileSteps(`${before}  - ${step}`, 'DeviceProcessEvents', key);
    expect(problems).toEqual([]);
    expect(run(frozen(given))).toEqual(becomes);
  });

  it('never throws and never changes its input, whatever the row holds', () => {
    const names = fc.constantFrom(
      'DeviceName',
      'AdditionalFields',
      'FolderPath',
      'Timestamp',
      'AccountUpn',
      'MD5',
      'ActionType',
    );
    const key = fc.oneof(names, fc.constantFrom('__proto__', 'constructor', 'toString'), fc.string());
    const rows = fc
      .array(fc.tuple(key, fc.jsonValue()))
      .map((pairs) =>
        JSON.parse(`{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`),
      );
    fc.assert(
      fc.property(rows, (given) => {
        const before = JSON.stringify(given);
        compiled.run(frozen(given));
        expect(JSON.stringify(given)).toBe(before);
      }),
    );
  });

  it('keeps a column named __proto__ a column', () => {
    const given = JSON.parse('{"__proto__":{"polluted":1},"MD5":"x","DeviceName":"A"}');
    const out = compiled.run(frozen(given));
    expect(Object.keys(out)).toContain('__proto__');
    expect(Object.getPrototypeOf(out)).toBe(Object.prototype);
    expect(JSON.stringify(out)).toContain('"__proto__":{"polluted":1}');
  });

  it('returns the row itself when nothing changed', () => {
    const given = frozen({ Unknown: 1 });
    const { run } = compileSteps('  - lowercase: DeviceName\n  - remove: MD5\n  - rename: { SHA1: sha1 }');
    expect(run(given)).toBe(given);
  });
});

describe('sort_keys', () => {
  it('puts the keys of objects in order, and leaves lists and numbers alone', () => {
    const { run, problems } = compileSteps('  - sort_keys: AdditionalFields');
    expect(problems).toEqual([]);
    const sorted = run(frozen({ AdditionalFields: { b: [{ d: 1, c: [2, 1] }], a: null } }) as JsonObject);
    expect(JSON.stringify(sorted)).toBe('{"AdditionalFields":{"a":null,"b":[{"c":[2,1],"d":1}]}}');
  });

  it('keeps a key named __proto__', () => {
    const { run } = compileSteps('  - sort_keys: AdditionalFields');
    const row = JSON.parse('{"AdditionalFields":{"b":1,"__proto__":{"x":1}}}') as JsonObject;
    expect(JSON.stringify(run(frozen(row)))).toBe('{"AdditionalFields":{"__proto__":{"x":1},"b":1}}');
  });
});

describe('steps that read what attackers wrote', () => {
  const on = (yaml: string, column: string) => {
    const { run, problems } = compileSteps(`  - ${yaml}`);
    expect(problems).toEqual([]);
    return (value: JsonObject[string]) => run(frozen({ [column]: value }) as JsonObject);
  };

  it('decode_base64 decodes what is Base64, in both alphabets, and is bounded', () => {
    const decode = on('decode_base64: { column: AdditionalFields, to: text }', 'AdditionalFields');
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.constantFrom('base64', 'base64url'),
        (text, form) => {
          const encoded = Buffer.from(text).toString(form as 'base64');
          expect(decode(encoded)).toEqual({ AdditionalFields: encoded, text });
        },
      ),
    );
    for (const odd of ['', '=', 'a', 'ab$d', '/w==', 'A'.repeat(300_000), 7, null, ['YQ==']]) {
      expect(decode(odd)).not.toHaveProperty('text');
    }
  });

  it('decode_base64 takes linear time for what only looks like padding', () => {
    const decode = on('decode_base64: { column: AdditionalFields, to: text }', 'AdditionalFields');
    const before = process.cpuUsage();
    expect(decode(`${'='.repeat(200_000)}a`)).not.toHaveProperty('text');
    const { user, system } = process.cpuUsage(before);
    // It was half a minute, by a pattern that began anew at each character.
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });

  it('url takes apart what is an address, and nothing else', () => {
    const parts = on('url: { column: AdditionalFields, to: u }', 'AdditionalFields');
    expect(parts('example.com/a?b=1').u).toEqual({ host: 'example.com', path: '/a', query: 'b=1' });
    expect(parts('http://[2001:db8::1]:81/').u).toEqual({
      scheme: 'http',
      host: '2001:db8::1',
      port: 81,
      path: '/',
    });
    expect(parts('host:8080').u).toEqual({ host: 'host', port: 8080, path: '/' });
    for (const odd of ['', 'javascript:alert(1)', 'http://', 'a b', '\0', 'x'.repeat(9_000), null, 7]) {
      expect(parts(odd)).not.toHaveProperty('u');
    }
  });

  it('extract takes time that grows with the length only, and stops at the allowance of the row', () => {
    const find = on(
      "extract: { column: ProcessCommandLine, pattern: '(a|aa)+(?<end>b)' }",
      'ProcessCommandLine',
    );
    const began = performance.now();
    expect(find('a'.repeat(4_000_000))).not.toHaveProperty('end');
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(find('aab')).toMatchObject({ end: 'b' });
    expect(compileSteps("  - extract: { column: FileName, pattern: 'a' }").problems.join()).toContain(
      'no named group',
    );
    expect(compileSteps("  - extract: { column: FileName, pattern: '(?<a>(' }").problems.join()).toContain(
      'bad-regex',
    );
  });

  it('user_agent takes no longer than its cost says, whatever the text', () => {
    const hostile = [
      'a',
      ' ',
      '(',
      'Mozilla/5.0 ',
      'android ',
      'version/',
      '9.',
      'bot ',
      ';',
      'like ',
      'opera',
      'Gecko/',
    ];
    const read = on('user_agent: { column: FolderPath, to: agent }', 'FolderPath');
    const times = Array.from({ length: 300 }, (_, n) => {
      const text = Array.from(
        { length: 512 },
        (__, k) => hostile[(n * 7 + k * (1 + (n % 5))) % hostile.length],
      ).join('');
      const began = performance.now();
      read(n % 2 === 0 ? text : (hostile[n % hostile.length] ?? '').repeat(512));
      return performance.now() - began;
    }).sort((a, b) => a - b);
    // The median, since other work of the machine disturbs single runs.
    expect(times[150]).toBeLessThan(5);
    for (const odd of ['', 'nothing', '\\0', 7, null, ['x']]) expect(() => read(odd)).not.toThrow();
  });

  it('split and join are bounded', () => {
    const cut = on('split: { column: FolderPath, at: "," }', 'FolderPath');
    const long = cut(Array.from({ length: 5_000 }, (_, n) => n).join(',')).FolderPath;
    expect(long).toHaveLength(1_000);
    const put = on('join: { columns: AdditionalFields, with: "-", to: t }', 'AdditionalFields');
    expect(put(['a', null, 1, { b: 1 }, ['c']]).t).toBe('a-1');
    expect(put([])).not.toHaveProperty('t');
    expect(put(Array.from({ length: 20_000 }, () => 7)).t).toHaveLength(19_999);
  });

  it('sort_keys leaves objects alone that would take longer than a row may', () => {
    const sort = on('sort_keys: AdditionalFields', 'AdditionalFields');
    const isSorted = (value: JsonObject) => {
      const keys = Object.keys(sort(value).AdditionalFields as JsonObject);
      return keys.every((key, n) => n === 0 || (keys[n - 1] ?? '') < key);
    };
    const object = (keys: number) =>
      Object.fromEntries(
        Array.from({ length: keys }, (_, n) => [`k${String(n * 7_919).padStart(12, '0')}`, 1]),
      );
    const reversed = (keys: number) => Object.fromEntries(Object.entries(object(keys)).reverse());
    expect([5_000, 50_000].map((keys) => isSorted(reversed(keys)))).toEqual([true, false]);
  });
});
