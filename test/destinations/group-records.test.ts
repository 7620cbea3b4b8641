/** What a record of a group of alerts says in each shape, and that it is valid. */
import { describe, expect, it } from 'vitest';
import { payloadOf, shapes, textOf } from '../../lab/delivery.ts';
import { encodedAlone } from '../../src/delivery/copies.ts';
import { messageOfOne } from '../../src/destinations/alert-view/single.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { type envelopeDelivery, groupDelivery } from '../../src/destinations/envelope-delivery.ts';
import { groupedEncoding, isForGroup } from '../../src/destinations/grouped-encoding.ts';
import { destinationSchema } from '../../src/destinations/list.ts';
import { SHAPES, writeShape } from '../../src/destinations/shapes.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { violationsOf } from '../../src/rules/shapes/validate/violations.ts';
import { depsOf } from './deps.ts';
import { asDocumented } from './documented.ts';
import { alert, deliveryOf, envelope } from './samples.ts';

const FIRST = '2026-11-23T07:01:02.1234567Z';
const LAST = '2026-11-23T07:09:00.5000000Z';
const message = {
  ...messageOfOne(alert(1, { title: 'ws-042: download' })),
  groupId: 'any',
  phase: 'update' as const,
  severity: 'critical' as const,
  count: 120,
  firstTime: FIRST,
  lastTime: LAST,
  groupedBy: [{ column: 'DeviceName', value: 'ws-042.contoso.example' }],
  entities: [{ kind: 'host' as const, first: [{ kind: 'host' as const, name: 'ws-042' }], more: 7 }],
};
const GROUP = {
  phase: 'update',
  scope: 'group',
  count: 120,
  first_time: FIRST,
  last_time: LAST,
  by: message.groupedBy,
  first_alert_id: alert(1).alertId,
};

const inShape = (shape: (typeof SHAPES)[number], of = groupDelivery(message, shapes)) =>
  JSON.parse(textOf((writer) => writeShape(shape, of, writer)));

describe('the record of a group', () => {
  it.each(['relay', 'raw'] as const)(
    'is in the shape %s the record of its first alert, with the group',
    (shape) => {
      const record = asDocumented(inShape(shape));
      expect(record).toMatchObject({
        kind: 'alert',
        event_id: alert(1).id,
        time: LAST,
        severity: 'critical',
        title: 'ws-042: download',
        entities: [{ kind: 'host', name: 'ws-042' }],
        group: { ...GROUP, more_entities: { host: 7 } },
        event: alert(1).event,
      });
      expect(record.id).not.toBe(alert(1).alertId);
    },
  );

  it('is a valid event of ECS, with its first and last time', () => {
    const event = inShape('ecs');
    expect(violationsOf('ecs', event)).toEqual([]);
    expect(event).toMatchObject({
      '@timestamp': LAST,
      event: { kind: 'alert', start: FIRST, end: LAST },
      xdr_relay: { group: GROUP },
    });
  });

  it('is a valid update of a finding of OCSF, with its count', () => {
    const event = inShape('ocsf');
    expect(violationsOf('ocsf', event)).toEqual([]);
    expect(event).toMatchObject({
      class_uid: 2004,
      activity_id: 2,
      count: 120,
      time: Date.parse(LAST),
      start_time: Date.parse(FIRST),
      end_time: Date.parse(LAST),
      finding_info: { first_seen_time: Date.parse(FIRST), last_seen_time: Date.parse(LAST) },
      unmapped: { xdr_relay: { group: GROUP } },
    });
    expect(inShape('ocsf', groupDelivery({ ...message, phase: 'first' }, shapes))).toMatchObject({
      activity_id: 1,
    });
  });

  it('names the same page in mapped shapes as in its record', () => {
    const [page] = inShape('relay').links;
    expect(inShape('ecs').event.url).toBe(page.url);
    expect(inShape('ocsf').finding_info.src_url).toBe(page.url);
  });

  it('has the rule as its title where it stands for many hosts, and an id of its own', () => {
    const ofRule = inShape('relay', groupDelivery({ ...message, scope: 'rule' }, undefined));
    expect(ofRule.title).toBe('Download with certutil');
    expect(ofRule.id).not.toBe(inShape('relay').id);
  });

  it('is a record of the shape relay where no rules are loaded', () => {
    expect(inShape('ecs', groupDelivery(message, undefined))).toMatchObject({ kind: 'alert', group: GROUP });
  });
});

describe.each(SHAPES)('the encoding of a destination with groups, shape %s', (shape) => {
  const own = createDestination(
    'splunk',
    destinationSchema.parse({ type: 'splunk_hec', url: 'https://splunk.example', token: 't', shape }),
    depsOf(nodeHttpClient),
  ).encoding;
  const grouped = groupedEncoding(own);
  const item = (of: Parameters<typeof envelopeDelivery>[0]) =>
    encodedAlone(grouped, deliveryOf(of), new Uint8Array());

  it('writes events, and alerts that are not grouped, as they always were', () => {
    for (const one of [envelope(1), alert(1, { rule: { title: 'Alone', grouping: 'off' } })]) {
      expect(payloadOf(item(one))).toBe(payloadOf(encodedAlone(own, deliveryOf(one), new Uint8Array())));
      expect(isForGroup(item(one))).toBe(false);
    }
  });

  it('keeps alerts for their group, and shares its bytes with no encoding without groups', () => {
    expect(isForGroup(item(alert(1)))).toBe(true);
    expect(grouped.key).not.toBe(own.key);
  });
});
