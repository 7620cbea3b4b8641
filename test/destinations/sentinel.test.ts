/** What Azure Monitor is sent, that nothing of a row is lost on its way into a table, and what the replies mean. */
import { type DataCollectionRuleResource, MonitorClient } from '@azure/arm-monitor';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { payloadOf } from '../../lab/delivery.ts';
import {
  type SentinelReceiverOptions,
  startSentinelReceiver,
  throttled,
} from '../../lab/receivers/sentinel.ts';
import { ingested } from '../../lab/receivers/sentinel-rows.ts';
import { ruleTroubles } from '../../lab/receivers/sentinel-rule.ts';
import type { ReceivedRequest } from '../../lab/receivers/server.ts';
import { type ArmTemplate, deployed, ruleId, sentinelArm } from '../../lab/sentinel-deployed.ts';
import { partOfBatch } from '../../src/delivery/batch.ts';
import type { Alteration } from '../../src/destinations/alteration.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { sentinelConfig } from '../../src/destinations/sentinel/config.ts';
import { sentinel } from '../../src/destinations/sentinel/descriptor.ts';
import { declaredColumns, NEWEST, tablesOf } from '../../src/destinations/sentinel/editions.ts';
import { eventColumns } from '../../src/destinations/sentinel/streams.ts';
import { nodeCredentials } from '../../src/hosts/node/credential.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { workerCredential } from '../../src/hosts/worker/source-credential.ts';
import { columnType, shippedSchema } from '../../src/rules/schema/index.ts';
import { ByteWriter } from '../../src/shared/byte-writer.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';
import type { Envelope } from '../../src/shared/event.ts';
import type { JsonValue } from '../../src/shared/json.ts';
import { runs } from '../support/runs.ts';
import { SENTINEL } from './cases.ts';
import { depsOf } from './deps.ts';
import { alert, batchOf, deliveryOf, envelope } from './samples.ts';

const signal = new AbortController().signal;
const EDITION = NEWEST;
const NOW = Date.parse('2026-11-23T08:00:00Z');
const ALL = sentinelArm();

/** A destination that nobody sends to. */
function opened(over: Record<string, unknown> = {}): Destination {
  return createDestination(
    's',
    sentinelConfig.parse({ ...sentinel.least, columns: NEWEST, ...over }),
    depsOf(nodeHttpClient),
  );
}

/** The record of one delivery. */
function recordOf(made: Envelope, over: Record<string, unknown> = {}): Record<string, unknown> {
  const [item] = batchOf(opened(over), [made]).items;
  return item ? JSON.parse(payloadOf(item)) : {};
}

/** The columns of a stream of the template. */
function columnsOf(template: ArmTemplate, stream: string) {
  const found = Object.values(deployed(template).rules).flatMap(
    ({ streamDeclarations }) => streamDeclarations[stream]?.columns ?? [],
  );
  if (found.length === 0) throw new Error(`no rule declares ${stream}`);
  return found;
}

/** A value as Defender writes it into a column. */
function sampleOf(type: string): JsonValue {
  switch (type) {
    case 'bool':
      return true;
    case 'int':
      return 2_147_483_647;
    case 'long':
      return 9_007_199_254_740_991;
    case 'real':
      return 0.5;
    case 'datetime':
      return '2026-11-23T07:01:02.1234567Z';
    case 'dynamic':
      return { a: [1, 'b'] };
    default:
      return 'text';
  }
}

describe('the template of the data collection rules', () => {
  it('can be deployed, with a stream and a table for each table and for alerts, at most ten streams in a rule', () => {
    const { rules, tables } = deployed(ALL);
    for (const rule of Object.values(rules)) {
      expect(ruleTroubles(rule, tables)).toEqual([]);
      expect(Object.keys(rule.streamDeclarations).length).toBeLessThanOrEqual(10);
      expect(rule.dataFlows.length).toBeLessThanOrEqual(10);
    }
    expect(Object.keys(tables)).toHaveLength(shippedSchema.tableNames.length + 1);
    for (const columns of Object.values(tables)) expect(columns.length).toBeLessThanOrEqual(500);
  });

  it('is what Azure’s SDK would send for each rule', async () => {
    const sent: unknown[] = [];
    const client = new MonitorClient(
      { getToken: async () => ({ token: 'none', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
      'subscription',
      {
        httpClient: {
          sendRequest(request) {
            sent.push(JSON.parse(String(request.body)));
            return Promise.reject(new Error('recorded'));
          },
        },
        retryOptions: { maxRetries: 0 },
      },
    );
    const rules = ALL.resources.filter(({ type }) => type === 'Microsoft.Insights/dataCollectionRules');
    for (const { properties, kind } of rules) {
      const body = { location: 'westeurope', kind, ...(properties as object) } as DataCollectionRuleResource;
      await expect(client.dataCollectionRules.create('group', 'rule', { body })).rejects.toThrow('recorded');
      expect(sent.at(-1)).toEqual({ location: 'westeurope', kind: 'Direct', properties });
    }
    expect(sent).toHaveLength(5);
  });

  it('gives `rules` of the destination, and names what each resource needs before it', () => {
    const { entries } = deployed(ALL);
    const config = sentinelConfig.parse({ type: 'sentinel', rules: entries('https://dce.example') });
    expect(config.rules.flatMap(({ tables = [] }) => tables)).toEqual(shippedSchema.tableNames);
    expect(config.rules.filter(({ alerts }) => alerts)).toHaveLength(1);
    const tables = ALL.resources.filter(({ type }) => type.endsWith('/tables'));
    const needed = ALL.resources.flatMap(({ dependsOn = [] }) => dependsOn);
    for (const { name } of tables) {
      const table = /'\/(\w+)'/.exec(name)?.[1];
      expect(needed.filter((one) => one.includes(`'${table}'`))).toHaveLength(1);
    }
  });

  it('has one stream for everything in another shape', () => {
    const { rules, tables } = deployed(sentinelArm(undefined, 'ecs'));
    expect(Object.keys(rules)).toEqual([ruleId(0)]);
    expect(Object.keys(tables)).toEqual(['XdrRelayRecord_CL']);
    const own = { shape: 'ecs', stream: 'Custom-XdrRelayRecord', alert_stream: 'Custom-XdrRelayRecord' };
    for (const made of [envelope(1), alert(2)]) {
      const columns = columnsOf(sentinelArm(undefined, 'ecs'), 'Custom-XdrRelayRecord');
      expect(ingested(recordOf(made, own), columns, NOW).losses).toEqual([]);
    }
  });
});

describe('a row in the table of Azure Monitor', () => {
  it.each(shippedSchema.tableNames)(
    'of %s loses nothing: each key is declared with a type that fits',
    (table) => {
      const all = [...(shippedSchema.find(table)?.columns ?? [])];
      // Where names differ only in the case of letters, a row has one of them.
      const known = all.filter(
        ([name], at) => all.findLastIndex(([other]) => other.toLowerCase() === name.toLowerCase()) === at,
      );
      const event: Record<string, JsonValue> = {
        ...Object.fromEntries(known.map(([name, type]) => [name, sampleOf(type)])),
        ColumnOfTomorrow: { nested: 1 },
        'a name that no column can have': 'kept',
      };
      const record = recordOf(envelope(1, { table, event }));
      const columns = columnsOf(ALL, `Custom-${table}`);
      const { row, losses } = ingested(record, columns, NOW);
      expect(losses).toEqual([]);
      expect(row.OtherColumns).toEqual({
        ColumnOfTomorrow: { nested: 1 },
        'a name that no column can have': 'kept',
      });
      const types = new Map(columns.map(({ name, type }) => [name, type]));
      for (const name of Object.keys(record)) expect(types.has(name), name).toBe(true);
      for (const [name, type] of known) {
        const column = declaredColumns(EDITION, table).get(name);
        const expected = columnType(type) === 'object' ? 'dynamic' : columnType(type);
        expect(types.get(column?.name ?? ''), name).toBe(expected === 'number' ? type : expected);
        expect(row[column?.name ?? ''], name).toEqual(event[name]);
      }
    },
  );

  it('has one column for names that differ only in the case of letters', () => {
    const made = (event: Envelope['event']) => recordOf(envelope(1, { table: 'CloudAppEvents', event }));
    expect(made({ ISP: 'a' })).toMatchObject({ Isp: 'a' });
    expect(made({ Isp: 'a', ISP: 'b' })).toMatchObject({ Isp: 'a', OtherColumns: { ISP: 'b' } });
  });

  it('renames columns whose names are reserved', () => {
    const made = envelope(1, {
      table: 'IdentityInfo',
      event: { Type: 'User', TenantId: 't', DefenderType: 'x' },
    });
    expect(recordOf(made)).toMatchObject({
      DefenderType: 'User',
      DefenderTenantId: 't',
      OtherColumns: { DefenderType: 'x' },
    });
  });

  it('changes the form of values that have another, and keeps what has none', () => {
    const event = {
      IsAzureADJoined: 1,
      IsExcluded: 'True',
      ClientVersion: { major: 1 },
      MitigationStatus: '["a"]',
      LoggedOnUsers: '[{"UserName":"a"}]',
      ReportId: '12',
      Timestamp: 'yesterday',
      OSBuild: 1.5,
    };
    const types = Object.fromEntries(
      eventColumns(EDITION, 'DeviceInfo').map(({ name, type }) => [name, type]),
    );
    expect(types).toMatchObject({ IsAzureADJoined: 'boolean', ClientVersion: 'string', ReportId: 'long' });
    expect(recordOf(envelope(1, { table: 'DeviceInfo', event }))).toMatchObject({
      IsAzureADJoined: true,
      IsExcluded: true,
      ClientVersion: '{"major":1}',
      ReportId: 12,
      OtherColumns: { Timestamp: 'yesterday', OSBuild: 1.5 },
    });
  });

  it('loses nothing, whatever value stands in whatever column', () => {
    const columns = columnsOf(ALL, 'Custom-DeviceInfo');
    const names = [
      ...(shippedSchema.find('DeviceInfo')?.columns.keys() ?? []),
      'TimeGenerated',
      'RelaySource',
      '__proto__',
    ];
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...names),
          fc.oneof(fc.jsonValue(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
        ),
        (values) => {
          const event = JSON.parse(JSON.stringify(values));
          const { row, losses } = ingested(
            recordOf(envelope(1, { table: 'DeviceInfo', event })),
            columns,
            NOW,
          );
          expect(losses.filter(({ effect }) => effect !== 'cut')).toEqual([]);
          const others = (row.OtherColumns ?? {}) as object;
          for (const [name, value] of Object.entries(event)) {
            if (value === null) continue;
            const isColumn = declaredColumns(EDITION, 'DeviceInfo').has(name) && row[name] !== undefined;
            expect(isColumn || Object.hasOwn(others, name), name).toBe(true);
          }
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it('says what Azure Monitor will cut, and nothing else', () => {
    const long = 'x'.repeat(65_536);
    const reported = (made: Envelope, over: Record<string, unknown> = {}) => {
      const found: Alteration[] = [];
      opened(over).encoding.write(deliveryOf(made), new ByteWriter(), (one) => found.push(one));
      return found.map(({ kind, field }) => `${kind} ${field}`);
    };
    const event = {
      ProcessCommandLine: `${long}x`,
      FileName: long,
      // Longer as JSON text only.
      FolderPath: '"'.repeat(40_000),
      AdditionalFields: { long },
      ColumnOfTomorrow: long,
    };
    const found = ['cut ProcessCommandLine', 'cut AdditionalFields', 'cut OtherColumns'];
    expect(reported(envelope(1, { event }))).toEqual(found);
    const { losses } = ingested(
      recordOf(envelope(1, { event })),
      columnsOf(ALL, 'Custom-DeviceProcessEvents'),
      NOW,
    );
    expect(losses.map(({ column, effect }) => `${effect} ${column}`)).toEqual(found);
    expect(reported(envelope(1))).toEqual([]);
    expect(reported(alert(1, { event: { A: long } }))).toEqual([]);
    expect(reported(alert(1, { event: { A: long } }), { alert_columns: true })).toEqual(['cut Event']);
    const rule = { title: 'a', description: long };
    expect(reported(alert(1, { rule }))).toEqual(['cut Rule']);
  });

  it('of a table that the edition does not know stands in one column', () => {
    const made = envelope(1, { table: 'TableOfTomorrow', event: { A: 1 } });
    expect(recordOf(made)).toMatchObject({
      TimeGenerated: made.time,
      RelayEventId: made.id,
      OtherColumns: { A: 1 },
    });
  });

  it('has its alert beside it, with everything that a rule says', () => {
    const record = recordOf(alert(2), { alert_columns: true });
    const { losses } = ingested(record, columnsOf(ALL, 'Custom-XdrRelayAlert'), NOW);
    expect(losses).toEqual([]);
    expect(record).toMatchObject({
      RelayAlertId: alert(2).alertId,
      RelayEventId: alert(2).id,
      RelayTable: 'DeviceProcessEvents',
      RelaySeverity: 'high',
      AlertTitle: 'Download with certutil',
      Event: alert(2).event,
    });
    expect(recordOf(alert(2))).not.toHaveProperty('Event');
  });
});

describe('the editions of the columns', () => {
  it('know each table and column of the schema with its type, or a newer edition is due', () => {
    expect(tablesOf(EDITION)).toEqual(shippedSchema.tableNames);
    const missing = shippedSchema.tableNames.flatMap((table) =>
      [...(shippedSchema.find(table)?.columns.keys() ?? [])]
        .filter((name) => !declaredColumns(EDITION, table).has(name))
        .map((name) => `${table}.${name}`),
    );
    // Columns that Microsoft adds stand in OtherColumns until there is an edition with them: node scripts/sentinel-columns.ts.
    expect(missing).toEqual([]);
  });
});

describe('sentinel', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const close of closers.splice(0)) await close();
  });

  async function open(
    over: Record<string, unknown> = {},
    options: Partial<SentinelReceiverOptions> = {},
    template = sentinelArm(['DeviceProcessEvents', 'DeviceInfo']),
    clock: Clock = systemClock,
  ) {
    const requests: ReceivedRequest[] = [];
    const { rules, tables, entries } = deployed(template);
    const receiver = await startSentinelReceiver({
      rules,
      tables,
      store: true,
      clientSecret: SENTINEL.client_secret,
      now: () => NOW,
      ...options,
      fault: (request) => {
        if (request.path.includes('/oauth2/')) return undefined;
        requests.push(request);
        return options.fault?.(request);
      },
    });
    const config = sentinelConfig.parse({
      type: 'sentinel',
      rules: entries(receiver.origin),
      ...SENTINEL,
      allow_networks: ['127.0.0.1'],
      ...over,
    });
    const deps = {
      ...depsOf(nodeHttpClient),
      clock,
      credentials: (signIn: object) =>
        workerCredential(
          { authority: receiver.origin, identity: undefined },
          { ...signIn, authority: receiver.origin },
          { fetch: (url, init) => fetch(url, init), now: Date.now },
        ),
    };
    const destination = createDestination('s', config, deps);
    closers.push(() => destination.close(), receiver.close);
    const send = (...envelopes: readonly Envelope[]) =>
      destination.send(batchOf(destination, envelopes), signal);
    return { receiver, destination, send, requests, rows: () => receiver.received };
  }

  it('posts an array of the rows of a stream, compressed, with a token of Entra ID', async () => {
    const { send, requests, rows } = await open();
    await send(envelope(1), alert(2), envelope(3));
    expect(rows().map(({ stream, row, losses }) => [stream, row.RelayEventId, losses])).toEqual([
      ['Custom-DeviceProcessEvents', envelope(1).id, []],
      ['Custom-DeviceProcessEvents', envelope(3).id, []],
      ['Custom-XdrRelayAlert', alert(2).id, []],
    ]);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: `/dataCollectionRules/${ruleId(0)}/streams/Custom-DeviceProcessEvents?api-version=2023-01-01`,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect(Array.isArray(JSON.parse(requests[0]?.body ?? ''))).toBe(true);
  });

  it('sends each table to the rule that declares it, and waits with one that none declares', async () => {
    const { send, requests } = await open({}, {}, ALL);
    const last = shippedSchema.tableNames.at(-1) ?? '';
    await send(envelope(1, { table: last }));
    expect(requests[0]?.path).toContain(`/${ruleId(4)}/streams/Custom-${last}?`);
    await expect(send(envelope(1, { table: 'TableOfTomorrow' }))).rejects.toMatchObject({
      name: 'DestinationRefusedError',
      code: 'not_found',
    });
  });

  it('refuses a row that is larger than a call by itself, and fills a call no further', async () => {
    const { send, requests, destination } = await open();
    const long = (length: number) => envelope(1, { event: { ProcessCommandLine: 'x'.repeat(length) } });
    await expect(send(envelope(1), long(1_048_576))).rejects.toMatchObject({
      name: 'RowsRefusedError',
      code: 'too_large',
      rows: [1],
    });
    expect(requests).toEqual([]);
    const { items, bytes } = destination.batch;
    expect(bytes + items + 1).toBeLessThanOrEqual(1_000_000);
    const wide = sentinel.batch?.(sentinelConfig.parse(sentinel.least), {
      items: 100_000,
      bytes: 64 << 20,
      ageMs: 0,
    });
    expect((wide?.bytes ?? 0) + (wide?.items ?? 0) + 1).toBeLessThanOrEqual(1_000_000);
  });

  it('splits where the service takes less, and waits as long as it says', async () => {
    const small = await open({}, { maxBytes: 1_200 });
    await expect(small.send(envelope(1), envelope(2), envelope(3))).rejects.toBeInstanceOf(RowsRefusedError);
    await small.send(envelope(1));
    const busy = await open({}, { fault: () => throttled(17) });
    await expect(busy.send(envelope(1))).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 17_000 });
  });

  it('does not post again what one stream accepted before another one failed', async () => {
    let isThere = false;
    const { destination, rows } = await open(
      {},
      {
        fault: ({ path }) =>
          path.includes('XdrRelayAlert') && !isThere
            ? { status: 404, body: '{"error":{"code":"NotFound"}}' }
            : undefined,
      },
    );
    const { items } = batchOf(destination, [envelope(1), alert(2), envelope(3)]);
    const send = (some: typeof items) =>
      destination.send(partOfBatch(batchOf(destination, []), some, destination.encoding), signal);
    expect(destination.reaches?.(items)).toBe(true);
    await expect(send(items)).rejects.toBeInstanceOf(DestinationRefusedError);
    await expect(send(items)).rejects.toBeInstanceOf(DestinationRefusedError);
    const ids = () => rows().map(({ row }) => row.RelayAlertId ?? row.RelayEventId);
    expect(ids()).toEqual([envelope(1).id, envelope(3).id]);
    // Nothing is asked for these any more, so their success says nothing about Azure Monitor.
    await send(items.slice(0, 1));
    expect(items.map((item) => destination.reaches?.([item]))).toEqual([false, true, false]);
    isThere = true;
    await send(items);
    expect(ids()).toEqual([envelope(1).id, envelope(3).id, alert(2).alertId]);
  });

  it('asks for another token where the one it has was taken back, once in a minute', async () => {
    let monotonic = 0;
    const { receiver, send, rows } = await open({}, {}, undefined, {
      ...systemClock,
      monotonic: () => monotonic,
    });
    await send(envelope(1));
    receiver.tokens.revoke();
    await Promise.all([send(envelope(2)), send(envelope(3))]);
    expect(rows()).toHaveLength(3);
    expect(receiver.tokens.issued()).toBeLessThanOrEqual(3);
    const issued = receiver.tokens.issued();
    receiver.tokens.revoke();
    await expect(send(envelope(4))).rejects.toMatchObject({ code: 'not_authorized' });
    await expect(send(envelope(4))).rejects.toMatchObject({ code: 'not_authorized' });
    expect(receiver.tokens.issued()).toBe(issued);
    monotonic += 60_000;
    await send(envelope(4));
    expect(receiver.tokens.issued()).toBe(issued + 1);
  });

  it('says which role is missing', async () => {
    const { send } = await open({}, { mayIngest: () => false });
    await expect(send(envelope(1))).rejects.toMatchObject({
      name: 'DestinationRefusedError',
      code: 'not_authorized',
      message: expect.stringContaining('Monitoring Metrics Publisher'),
    });
  });

  it('waits where a rule or a stream is not there', async () => {
    const { send } = await open({ stream: 'Custom-Other{table}' });
    await expect(send(envelope(1))).rejects.toMatchObject({
      name: 'DestinationRefusedError',
      code: 'not_found',
    });
  });

  it('waits where Entra ID takes the secret for a wrong one, and says with which code', async () => {
    const { send, requests } = await open({ client_secret: 'another-secret' });
    const thrown = await send(envelope(1)).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(DestinationRefusedError);
    expect(thrown).toMatchObject({
      code: 'not_authorized',
      message: expect.stringContaining('AADSTS7000215'),
    });
    expect(requests).toEqual([]);
  });

  it('tries again where Entra ID cannot be reached', async () => {
    const config = sentinelConfig.parse({ ...sentinel.least, ...SENTINEL });
    const credentials = () => ({ getToken: () => Promise.reject(new Error('getaddrinfo EAI_AGAIN')) });
    const destination = createDestination('s', config, { ...depsOf(nodeHttpClient), credentials });
    await expect(destination.send(batchOf(destination, [envelope(1)]), signal)).rejects.toBeInstanceOf(
      RetryableError,
    );
    const nobody = createDestination('s', config, depsOf(nodeHttpClient));
    await expect(nobody.send(batchOf(nobody, [envelope(1)]), signal)).rejects.toMatchObject({
      code: 'not_authorized',
    });
  });

  it('signs in with a managed identity by Azure’s own library', async () => {
    const made = await open();
    vi.stubEnv('IDENTITY_ENDPOINT', `${made.receiver.origin}/msi/token`);
    vi.stubEnv('IDENTITY_HEADER', made.receiver.identityHeader);
    const config = sentinelConfig.parse({
      type: 'sentinel',
      rules: deployed(sentinelArm(['DeviceProcessEvents'])).entries(made.receiver.origin),
      allow_networks: ['127.0.0.1'],
    });
    const deps = { ...depsOf(nodeHttpClient), credentials: nodeCredentials };
    const destination = createDestination('s', config, deps);
    closers.push(() => destination.close());
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(made.rows()).toHaveLength(1);
  });

  it('asks for tokens of the cloud of the endpoint', async () => {
    const asked: unknown[] = [];
    const scopeOf = async (endpoint: string, over: Record<string, unknown> = {}) => {
      const config = sentinelConfig.parse({
        type: 'sentinel',
        rules: [{ id: ruleId(0), endpoint }],
        ...over,
      });
      const credentials = (signIn: object) => ({
        getToken: (scope: string) => {
          asked.push([scope, signIn]);
          return Promise.reject(new Error('enough'));
        },
      });
      const destination = createDestination('s', config, { ...depsOf(nodeHttpClient), credentials });
      await destination.send(batchOf(destination, [envelope(1)]), signal).catch(() => {});
      return (asked.at(-1) as [string, { authority: string }]) ?? [];
    };
    expect((await scopeOf('https://a.eastus-1.ingest.monitor.azure.com'))[0]).toBe(
      'https://monitor.azure.com/.default',
    );
    const [scope, { authority }] = await scopeOf('https://a.usgovvirginia-1.ingest.monitor.azure.us');
    expect([scope, authority]).toEqual([
      'https://monitor.azure.us/.default',
      'https://login.microsoftonline.us',
    ]);
    expect((await scopeOf('https://proxy.example', { cloud: 'china' }))[0]).toBe(
      'https://monitor.azure.cn/.default',
    );
  });
});

describe('the configuration', () => {
  const wrong = (over: Record<string, unknown>) => sentinelConfig.safeParse({ ...sentinel.least, ...over });
  const rule = (index: number, more: object = {}) => ({
    id: ruleId(index),
    endpoint: 'https://a.example',
    ...more,
  });

  it.each([
    ['a name in place of an immutable id', { rules: [{ ...rule(0), id: 'my-rule' }] }],
    ['two rules for all tables', { rules: [rule(0), rule(1)] }],
    ['a table in two rules', { rules: [rule(0, { tables: ['A'] }), rule(1, { tables: ['A'] })] }],
    ['alerts in two rules', { rules: [rule(0, { alerts: true }), rule(1, { tables: ['A'], alerts: true })] }],
    ['a secret without an application', { client_secret: 's' }],
    ['a stream of another form', { stream: 'Microsoft-Syslog' }],
    ['an edition that there is not', { columns: '2020-01' }],
  ])('refuses %s', (_, over) => {
    expect(wrong(over).success).toBe(false);
  });

  it('warns of an endpoint that does not tell its cloud', () => {
    const warnings = (endpoint: string) =>
      sentinel.warnings?.(sentinelConfig.parse({ ...sentinel.least, rules: [{ ...rule(0), endpoint }] }));
    expect(warnings('https://a.eastus-1.ingest.monitor.azure.com')).toEqual([]);
    expect(warnings('https://proxy.example')).toMatchObject([{ key: 'rules' }]);
  });
});
