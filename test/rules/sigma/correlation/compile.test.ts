import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import {
  type CompiledCorrelation,
  type CompiledRule,
  type CorrelationAlert,
  type CorrelationDefinition,
  type CorrelationProgram,
  Correlator,
  compileCorrelations,
  compileRule,
  contributions,
  defaultMappings,
  parseSigmaFile,
} from '../../../../src/rules/sigma/index.ts';
import type { JsonObject, JsonValue } from '../../../../src/shared/json.ts';
import { schemaColumns, sources, upTo, view } from '../support.ts';

const base = (name: string, action: string) => `title: ${name}
name: ${name}
logsource: { product: m365defender, service: DeviceLogonEvents }
detection: { selection: { ActionType: ${action} }, condition: selection }
---
`;

function correlation(body: string, head = 'title: C\nname: c'): string {
  return `${head}\ncorrelation: ${body}\n---\n`;
}

type Countable = CompiledCorrelation & { readonly definition: CorrelationDefinition };

type Feed = (seconds: number, row: JsonObject, id?: string) => readonly CorrelationAlert<Countable>[];

interface Built {
  readonly program: CorrelationProgram;
  readonly rules: readonly CompiledRule[];
  readonly diagnostics: readonly Diagnostic[];
  /** Begins to correlate. What it returns gives a row to all rules, and returns what was raised. */
  start(): Feed;
}

function build(text: string): Built {
  const diagnostics: Diagnostic[] = [];
  const parsed = parseSigmaFile({ path: 'rules.yml', text });
  diagnostics.push(...parsed.diagnostics);
  const report = (diagnostic: Diagnostic) => {
    diagnostics.push(diagnostic);
  };
  const environment = {
    columnsOf: schemaColumns,
    sourcesOf: () => sources,
    variables: {},
    mappings: defaultMappings,
    report,
  };
  const documents = parsed.documents.filter((document) => document.kind === 'rule');
  const rules = documents.flatMap((document) => compileRule(document, environment));
  const correlations = parsed.documents.filter((document) => document.kind === 'correlation');
  const program = compileCorrelations(correlations, documents, rules, environment);
  return {
    program,
    rules,
    diagnostics,
    start() {
      const correlator = new Correlator(
        program.correlations.map((one) => ({ ...one, definition: one.correlation })),
      );
      let offset = 0;
      return (seconds, row, id = `id${offset}`) => {
        const record = view(row);
        const events = rules
          .filter(({ detection }) => detection.matches(record))
          .flatMap((rule) => contributions(program.feedsOf(rule), record));
        return correlator.observe({ id, time: seconds * 1000, blob: 'b', offset: offset++ }, events);
      };
    },
  };
}

const groupOf = ({ event }: CorrelationAlert<Countable>) =>
  Object.fromEntries(event.group.map(({ column, value }) => [column, value]));

const failed = (user: string, more: JsonObject = {}): JsonObject => ({
  ActionType: 'LogonFailed',
  AccountName: user,
  ...more,
});
const success = (user: string, more: JsonObject = {}): JsonObject => ({
  ActionType: 'LogonSuccess',
  AccountName: user,
  ...more,
});
const two = base('failed', 'LogonFailed') + base('success', 'LogonSuccess');

describe('event_count', () => {
  const built = build(
    two +
      correlation(
        '{ type: event_count, rules: [failed], group-by: [AccountName], timespan: 1m, condition: { gte: 3 } }',
      ),
  );

  it('raises when enough events of one group lie within the timespan, then begins anew', () => {
    const feed = built.start();
    const raised = [0, 10, 20, 30, 40, 50].map((at) => feed(at, failed('alice')));
    expect(raised.map(({ length }) => length)).toEqual([0, 0, 1, 0, 0, 1]);
    expect(raised[2]).toMatchObject([
      { count: 3, event: { group: [{ column: 'AccountName', value: 'alice' }] } },
    ]);
  });

  it('counts groups apart, whatever the case of their values, and events without the field not at all', () => {
    const feed = built.start();
    expect(feed(0, failed('alice'))).toEqual([]);
    expect(feed(1, failed('bob'))).toEqual([]);
    expect(feed(2, failed('bob'))).toEqual([]);
    expect(feed(3, failed('ALICE'))).toEqual([]);
    expect(feed(4, { ActionType: 'LogonFailed' })).toEqual([]);
    expect(feed(5, failed('Alice'))).toHaveLength(1);
  });

  it('forgets what is older than the timespan, its ends included', () => {
    const feed = built.start();
    feed(0, failed('a'));
    feed(30, failed('a'));
    expect(feed(61, failed('a'))).toEqual([]);
    expect(feed(90, failed('a'))).toHaveLength(1);
  });

  it('counts an event once, however often it comes, also after an alert', () => {
    const feed = built.start();
    for (const id of ['x', 'x', 'y', 'x', 'y']) expect(feed(1, failed('a'), id)).toEqual([]);
    expect(feed(2, failed('a'), 'z')).toHaveLength(1);
    for (const id of ['x', 'y', 'z']) expect(feed(2, failed('a'), id)).toEqual([]);
  });

  it('takes late events where they belong', () => {
    const feed = built.start();
    feed(100, failed('a'));
    feed(110, failed('a'));
    expect(feed(60, failed('a'))).toHaveLength(1);
  });

  it('agrees with counting every span of time, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 20 }), (times) => {
        const feed = built.start();
        const raised = times.some((at) => feed(at, failed('a')).length > 0);
        const expected = times.some((end) => times.filter((at) => at <= end && at >= end - 60).length >= 3);
        expect(raised).toBe(expected);
      }),
    );
  });
});

describe('value_count', () => {
  it('counts distinct values', () => {
    const built = build(
      two +
        correlation(
          '{ type: value_count, rules: [failed], group-by: [DeviceName], timespan: 1h, condition: { field: AccountName, gt: 2 } }',
        ),
    );
    const feed = built.start();
    const raise = (user: string) => feed(0, failed(user, { DeviceName: 'd' })).length;
    expect(['a', 'A', 'b', 'a', 'c', 'd'].map(raise)).toEqual([0, 0, 0, 0, 1, 0]);
  });
});

describe('numbers of events', () => {
  const size = (bytes: JsonValue, more: JsonObject = {}): JsonObject => ({
    ActionType: 'FileCreated',
    DeviceName: 'd',
    FileSize: bytes,
    ...more,
  });
  const file = `title: F
name: f
logsource: { product: m365defender, service: DeviceFileEvents }
detection: { selection: { ActionType: FileCreated }, condition: selection }
---
`;
  const numeric = (type: string, condition: string, field = 'FileSize') =>
    build(
      file +
        correlation(
          `{ type: ${type}, rules: [f], group-by: [DeviceName], timespan: 1m, condition: { field: ${field}, ${condition} } }`,
        ),
    );
  const counts = (built: Built, values: readonly JsonValue[]) => {
    const feed = built.start();
    return values.map((value, at) => feed(at, size(value))[0]?.count);
  };

  it('value_sum adds them, and begins anew after an alert', () => {
    expect(counts(numeric('value_sum', 'gte: 100'), [60, 39, 0.5, 1, 99, 1])).toEqual([
      undefined,
      undefined,
      undefined,
      100.5,
      undefined,
      100,
    ]);
  });

  it('value_avg takes their average', () => {
    expect(counts(numeric('value_avg', 'gt: 10'), [2, 4, 30])).toEqual([undefined, undefined, 12]);
  });

  it('value_percentile takes the nearest rank', () => {
    const built = numeric('value_percentile', 'percentile: 50, gte: 5');
    expect(counts(built, [1, 9, 2, 7, 6])).toEqual([undefined, undefined, undefined, undefined, 6]);
    expect(counts(numeric('value_percentile', 'percentile: 100, gte: 5'), [1, 2, 5])).toEqual([
      undefined,
      undefined,
      5,
    ]);
    expect(counts(numeric('value_percentile', 'percentile: 0, lte: 1'), [7, 1])).toEqual([undefined, 1]);
  });

  it('texts that are numbers count, and others do not', () => {
    const built = numeric('value_sum', 'gte: 30');
    expect(counts(built, ['10', '0x0a', 'ten', '', null, '1e400', true, '1e1'])).toEqual([
      ...Array.from({ length: 7 }, () => undefined),
      30,
    ]);
  });

  it('a column that holds no numbers is a warning', () => {
    expect(numeric('value_sum', 'gte: 30', 'FolderPath').diagnostics).toMatchObject([
      {
        severity: 'warning',
        code: 'type-mismatch',
        message: expect.stringContaining('"FolderPath" of DeviceFileEvents is a string'),
      },
    ]);
    expect(numeric('value_sum', 'gte: 5000').diagnostics).toEqual([]);
    expect(numeric('value_sum', 'gte: 30', 'AdditionalFields.Size').diagnostics).toEqual([]);
  });

  it('agree with the plainest reading of every span, whatever the order', () => {
    const event = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: -9, max: 9 }));
    const kind = fc.constantFrom('value_sum' as const, 'value_avg' as const, 'value_percentile' as const);
    fc.assert(
      fc.property(
        kind,
        fc.integer({ min: 0, max: 100 }),
        fc.array(event, { minLength: 1, maxLength: 15 }),
        (type, percentile, events) => {
          const built = numeric(
            type,
            `gt: 6${type === 'value_percentile' ? `, percentile: ${percentile}` : ''}`,
          );
          const feed = built.start();
          const raised = events.some(([time, value]) => feed(time, size(value)).length > 0);
          // Each prefix of what has come, every span that begins and ends with an event.
          const expected = events.some((_, upTo) => {
            const come = events.slice(0, upTo + 1);
            const moment = come.at(-1)?.[0] ?? 0;
            return come.some(([end]) => {
              if (end < moment || end - 60 > moment) return false;
              const span = come.flatMap(([time, value]) => (time <= end && time >= end - 60 ? value : []));
              return plainest(type, span, percentile) > 6;
            });
          });
          expect(raised).toBe(expected);
        },
      ),
      upTo(250),
    );
  });
});

function plainest(
  type: 'value_sum' | 'value_avg' | 'value_percentile',
  numbers: readonly number[],
  percentile: number,
): number {
  const sum = numbers.reduce((a, b) => a + b, 0);
  if (type === 'value_sum') return sum;
  if (type === 'value_avg') return sum / numbers.length;
  const ranked = [...numbers].sort((a, b) => a - b);
  const found = ranked.find((_, at) => (100 * (at + 1)) / ranked.length >= percentile);
  return found ?? Number.NaN;
}

describe('a field that some of the tables lack', () => {
  const rules =
    two +
    `title: reg
name: reg
logsource: { product: m365defender, service: DeviceRegistryEvents }
detection: { selection: { ActionType: RegistryValueSet }, condition: selection }
---
`;
  const over = (type: string, more = '') =>
    build(
      rules +
        correlation(`{ type: ${type}, rules: [failed, reg], group-by: [AccountName], timespan: 1m${more} }`),
    );

  it('counting goes on with the others, with a warning', () => {
    const built = over('event_count', ', condition: { gte: 2 }');
    expect(built.diagnostics).toMatchObject([
      {
        severity: 'warning',
        code: 'unknown-column',
        effect: 'lost-alternative',
        message:
          '"AccountName" is no column of DeviceRegistryEvents, where "reg" looks: its events are not counted',
      },
    ]);
    const feed = built.start();
    expect(feed(0, { ActionType: 'RegistryValueSet', InitiatingProcessAccountName: 'a' })).toEqual([]);
    expect(feed(1, failed('a'))).toEqual([]);
    expect(feed(2, failed('a'))).toHaveLength(1);
  });

  it('waiting for all of the rules is in vain', () => {
    expect(over('temporal').diagnostics).toMatchObject([{ severity: 'error', code: 'unknown-column' }]);
  });
});

describe('temporal', () => {
  const body = (type: string) =>
    `{ type: ${type}, rules: [failed, success], group-by: [AccountName], timespan: 5m }`;

  it('waits for all rules in any order', () => {
    const built = build(two + correlation(body('temporal')));
    const feed = built.start();
    expect(feed(0, success('a'))).toEqual([]);
    expect(feed(1, failed('b'))).toEqual([]);
    expect(feed(2, failed('a'))).toMatchObject([{ count: 2 }]);
  });

  it('temporal_ordered waits for them in order', () => {
    const built = build(two + correlation(body('temporal_ordered')));
    const feed = built.start();
    expect(feed(0, success('a'))).toEqual([]);
    expect(feed(1, failed('a'))).toEqual([]);
    expect(feed(400, success('a'))).toEqual([]);
    expect(feed(401, failed('a'))).toEqual([]);
    expect(feed(402, success('a'))).toHaveLength(1);
  });

  it('aliases name different columns of different rules', () => {
    const built = build(
      two +
        correlation(`
  type: temporal
  rules: [failed, success]
  group-by: [ip]
  timespan: 10s
  aliases: { ip: { failed: RemoteIP, success: LocalIP } }`),
    );
    const feed = built.start();
    expect(feed(0, failed('a', { RemoteIP: '1.1.1.1', LocalIP: '2.2.2.2' }))).toEqual([]);
    expect(feed(1, success('b', { RemoteIP: '1.1.1.1', LocalIP: '2.2.2.2' }))).toEqual([]);
    const [alert] = feed(2, success('b', { LocalIP: '1.1.1.1' }));
    expect(alert && groupOf(alert)).toEqual({ ip: '1.1.1.1' });
  });
});

describe('the example of the specification', () => {
  const text = `title: Correlation - Multiple Failed Logins Followed by Successful Login
id: b180ead8-d58f-40b2-ae54-c8940995b9b6
status: experimental
correlation:
    type: temporal_ordered
    rules:
        - multiple_failed_login
        - successful_login
    group-by:
        - User
    timespan: 10m
falsepositives:
    - Unlikely
level: high
---
title: Multiple failed logons
id: a8418a5a-5fc4-46b5-b23b-6c73beb19d41
name: multiple_failed_login
correlation:
    type: event_count
    rules:
        - failed_login
    group-by:
        - User
    timespan: 10m
    condition:
        gte: 10
---
title: Single failed login
id: 53ba33fd-3a50-4468-a5ef-c583635cfa92
name: failed_login
logsource:
    product: windows
    service: security
detection:
    selection:
        EventID:
            - 529
            - 4625
    condition: selection
---
title: Successful login
id: 4d0a2c83-c62c-4ed4-b475-c7e23a9269b8
name: successful_login
logsource:
    product: windows
    service: security
detection:
    selection:
        EventID:
            - 528
            - 4624
    condition: selection
`;

  it('chains correlations, in the columns of the table', () => {
    const built = build(text);
    expect(built.diagnostics).toEqual([]);
    const feed = built.start();
    const titles: string[] = [];
    const row = { AccountDomain: 'CORP', AccountName: 'alice' };
    for (let at = 0; at < 10; at++) {
      for (const { by } of feed(at, failed('alice', row))) titles.push(by.correlation.title);
    }
    expect(titles).toEqual(['Multiple failed logons']);
    expect(feed(20, success('bob', { AccountDomain: 'CORP' }))).toEqual([]);
    const [alert] = feed(30, success('alice', row));
    expect(alert?.by.correlation.title).toContain('Followed by Successful Login');
    expect(alert?.by.correlation.level).toBe('high');
    expect(alert && groupOf(alert)).toEqual({ User: 'CORP\\alice' });
  });

  it('its rules raise no alerts of their own unless asked to', () => {
    expect([...build(text).program.silent].map(({ name }) => name).sort()).toEqual([
      'failed_login',
      'multiple_failed_login',
      'successful_login',
    ]);
    const generate = text.replaceAll('timespan: 10m', 'timespan: 10m\n    generate: true');
    expect([...build(generate).program.silent]).toEqual([]);
  });
});

describe('mistakes', () => {
  const counted = (rules: string, name = 'c') =>
    correlation(
      `{ type: event_count, rules: ${rules}, group-by: [AccountName], timespan: 1m, condition: { gte: 3 } }`,
      `title: ${name}\nname: ${name}`,
    );
  const codes = (text: string) => build(text).diagnostics.map(({ code, hint }) => [code, hint]);

  it('names of rules that are not there', () => {
    expect(codes(two + counted('[faield]'))).toEqual([['unknown-rule', 'did you mean "failed"?']]);
  });

  it('fields that a table lacks, also through another correlation', () => {
    const typo = (text: string) => text.replace('group-by: [AccountName]', 'group-by: [AcountName]');
    const message = '"AcountName" is no column of DeviceLogonEvents, where "failed" looks';
    expect(build(typo(two + counted('[failed]'))).diagnostics).toMatchObject([
      { code: 'unknown-column', message },
    ]);
    const chained = two + counted('[failed]', 'a') + typo(counted('[a]', 'b'));
    expect(build(chained).diagnostics).toMatchObject([{ code: 'unknown-column', message }]);
  });

  it('circles', () => {
    expect(codes(counted('[c]'))).toEqual([['circular-correlation', undefined]]);
    expect(codes(counted('[b]', 'a') + counted('[a]', 'b')).map(([code]) => code)).toEqual([
      'circular-correlation',
      'circular-correlation',
    ]);
  });

  it('counts beyond the limit', () => {
    const many = two + counted('[failed]').replace('gte: 3', 'gte: 5000');
    expect(codes(many).map(([code]) => code)).toEqual(['unsupported-correlation']);
  });

  it('names that several rules have', () => {
    const twice = two + base('failed', 'LogonAttempted');
    expect(codes(twice + counted('[failed]')).map(([code]) => code)).toEqual(['ambiguous-rule']);
  });

  it('one and the same correlation twice: their windows would be one', () => {
    const same = two + counted('[failed]') + counted('[failed]');
    expect(codes(same).map(([code]) => code)).toEqual(['duplicate-correlation']);
  });
});

it('a correlation may name its rules by title', () => {
  const text = base('x', 'LogonFailed').replace('title: x', 'title: A failed logon').replace('name: x\n', '');
  const built = build(
    text +
      correlation(
        '{ type: event_count, rules: [A failed logon], group-by: [AccountName], timespan: 1m, condition: { gte: 2 } }',
      ),
  );
  expect(built.diagnostics).toEqual([]);
  const feed = built.start();
  feed(0, failed('a'));
  expect(feed(1, failed('a'))).toHaveLength(1);
});
