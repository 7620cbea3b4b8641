/** Index, host, channel and headers from columns: set by relay.yaml and by routes, and sent. */
import { describe, expect, it } from 'vitest';
import type { Delivery, EncodedDelivery } from '../../../src/destinations/port.ts';
import { splunkHecConfig } from '../../../src/destinations/splunk-hec/config.ts';
import { hecEvents } from '../../../src/destinations/splunk-hec/encode.ts';
import { byHeaders } from '../../../src/destinations/webhook/by-headers.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { compileRules } from '../../../src/rules/index.ts';
import type { RuleContext } from '../../../src/rules/ruleset.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import { ByteWriter } from '../../../src/shared/byte-writer.ts';
import type { JsonObject } from '../../../src/shared/json.ts';

const INDEX = { template: 'd_{MachineGroup|slug}', allowed: ['d_tier_0', 'd_clients'], default: 'd_other' };

function deliveries(table: string, columns: JsonObject, routes: string, over: Partial<RuleContext> = {}) {
  const context: RuleContext = {
    destinations: ['splunk', 'hook'],
    defaultDestinations: ['splunk'],
    alerts: [],
    variables: {},
    metadataKeys: { splunk: ['index', 'sourcetype', 'source', 'host'], hook: ['headers'] },
    ...over,
  };
  const files = routes === '' ? [] : [{ path: `${table}.yaml`, text: `table: ${table}\n${routes}` }];
  const { rules, diagnostics } = compileRules(files, context);
  if (!rules) return { told: diagnostics.map(({ code, message }) => `${code}: ${message}`), sent: [] };
  const row = rowOf(table, columns);
  const verdict = rules.evaluate(row);
  const sent = verdict.kind === 'forwarded' ? deliveriesOf(row, verdict, verdict.routes, rules.shapes) : [];
  return { told: [], sent: sent.flatMap(([to, list]) => list.map((one) => ({ to, delivery: one }))) };
}

function hec(delivery: Delivery | undefined, config: object = {}): JsonObject {
  const parsed = splunkHecConfig.parse({
    type: 'splunk_hec',
    url: 'https://s.example',
    token: 't',
    ...config,
  });
  const writer = new ByteWriter(256);
  if (delivery) hecEvents(parsed, 'relay').write(delivery, writer);
  return JSON.parse(Buffer.from(writer.slice()).toString());
}

describe('metadata of rows', () => {
  it('by a template of relay.yaml, for tables without a file, too', () => {
    const told: string[] = [];
    const context = {
      metadata: { splunk: { index: INDEX } },
      onMetadataDefault: (...args: string[]) => told.push(args.join()),
    };
    const of = (MachineGroup: string) =>
      deliveries('DeviceInfo', { MachineGroup, DeviceName: 'ws' }, '', context).sent[0]?.delivery;
    expect(hec(of('Tier 0'), { index: INDEX })).toMatchObject({ index: 'd_tier_0', host: 'ws' });
    expect(told).toEqual([]);
    expect(hec(of('evil'), { index: INDEX })).toMatchObject({ index: 'd_other' });
    expect(told).toEqual(['splunk,index']);
  });

  it('by a route, which goes before its destination', () => {
    const routes = `routes:\n  - { to: splunk, index: own, host: { template: '{DeviceName|lower}', allowed: [a], default: z } }\n`;
    const context = { metadata: { splunk: { index: INDEX, sourcetype: 's' } } };
    const { sent } = deliveries('DeviceInfo', { DeviceName: 'A' }, routes, context);
    expect(hec(sent[0]?.delivery)).toMatchObject({ index: 'own', sourcetype: 's', host: 'a' });
    const other = deliveries('DeviceInfo', { DeviceName: 'B' }, routes, context);
    expect(hec(other.sent[0]?.delivery)).toMatchObject({ host: 'z' });
  });

  it('each of them by a template of a route, and by one of relay.yaml', () => {
    const template = (prefix: string) => ({
      template: `${prefix}_{Table}_{MachineGroup|slug}`,
      allowed: [`${prefix}_DeviceInfo_tier_0`],
      default: `${prefix}_other`,
    });
    const keys = ['index', 'sourcetype', 'source', 'host'] as const;
    const spec = Object.fromEntries(keys.map((key) => [key, template(key)]));
    const routes = `routes: [${JSON.stringify({ to: 'splunk', ...spec })}]\n`;
    for (const [file, context] of [
      [routes, {}],
      ['', { metadata: { splunk: spec } }],
    ] as const) {
      const of = (MachineGroup: string) =>
        hec(deliveries('DeviceInfo', { MachineGroup, DeviceName: 'ws' }, file, context).sent[0]?.delivery);
      for (const key of keys) {
        expect(of('Tier 0')).toHaveProperty(key, `${key}_DeviceInfo_tier_0`);
        expect(of('evil')).toHaveProperty(key, `${key}_other`);
      }
    }
    const unfiled = hec(deliveries('DeviceInfo', { DeviceName: 'ws' }, '').sent[0]?.delivery);
    expect(unfiled.source).toBe(
      hec(deliveries('DeviceInfo', {}, '').sent[0]?.delivery, { source: INDEX }).source,
    );
  });

  it('sees the columns after the steps', () => {
    const routes = `transform: [{ rename: { MachineGroup: group } }]\nroutes:\n  - { to: splunk, transform: [{ set: { group: clients } }], index: { template: 'd_{group}', allowed: [d_clients], default: x } }\n`;
    const { sent } = deliveries('DeviceInfo', { MachineGroup: 'q' }, routes);
    expect(sent[0]?.delivery.head.metadata).toEqual({ index: 'd_clients' });
  });

  it('mistakes are told', () => {
    const at = (route: string) => deliveries('DeviceInfo', {}, `routes:\n  - ${route}\n`).told.join();
    expect(at('{ to: hook, index: x }')).toContain('unknown-key: the destination "hook" has no "index"');
    expect(at("{ to: splunk, index: { template: '{MachinGroup}', allowed: [a], default: b } }")).toContain(
      'unknown-column',
    );
    expect(at("{ to: splunk, index: { template: '{MachineGroup}', default: b } }")).toContain('missing-key');
  });

  it('webhook: rows with other headers go in batches of their own', () => {
    const headers = { 'X-Team': { template: '{MachineGroup}', allowed: ['a', 'b'], default: 'c' } };
    const items = ['a', 'b', 'a', 'q'].map((MachineGroup): EncodedDelivery => {
      const { sent } = deliveries('DeviceInfo', { MachineGroup }, 'routes: [{ to: hook }]\n', {
        metadata: { hook: { headers } },
      });
      const bytes = Buffer.from(`"${MachineGroup}"`);
      const head = sent[0]?.delivery.head;
      if (!head) throw new Error('nothing is sent');
      return { head, bytes: bytes.length, payload: () => new Uint8Array(bytes) };
    });
    const batch = {
      id: 'i',
      lane: 'l',
      items,
      body: { length: 0, bytes: () => new Uint8Array(), copy() {}, compressed: async () => new Uint8Array() },
    };
    const parts = byHeaders(batch, ',').map(({ headers: own, batch: part }) => [
      own,
      Buffer.from(part.body.bytes()).toString(),
    ]);
    expect(parts).toEqual([
      [{ 'X-Team': 'a' }, '"a","a"'],
      [{ 'X-Team': 'b' }, '"b"'],
      [{ 'X-Team': 'c' }, '"q"'],
    ]);
    const [alone] = byHeaders({ ...batch, items: items.slice(0, 1) }, ',');
    expect(alone?.batch.body).toBe(batch.body);
  });
});
