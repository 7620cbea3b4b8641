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
import type { JsonObject } from '../../../../src/shared/json.ts';
import { schemaColumns, sources, view } from '../support.ts';

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
