/** A row's changed columns are spliced once, whatever number of encodings asks for them, and written anew where that is not there any more. */
import { describe, expect, it } from 'vitest';
import type { EnvelopeHead } from '../../../src/destinations/port.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { SplicedDelivery } from '../../../src/relay/rows/row-delivery.ts';
import { ByteWriter } from '../../../src/shared/byte-writer.ts';
import type { EditedColumns } from '../../../src/shared/edited-columns.ts';
import type { Route, Row } from '../../../src/shared/event.ts';

const ROW = '{"category":"x","properties":{"old":1},"time":"t"}';
const CHANGED = '{"new":1}';
const head = { id: '1', time: '', table: 'T' } as unknown as EnvelopeHead;

/** A delivery of a row with a renamed column, and how often the change was spliced in. */
function renamed() {
  let spliced = 0;
  const propertiesFrom = ROW.indexOf('{"old"');
  const columns = {
    isChanged: true,
    bytes: {
      page: Buffer.from(ROW),
      from: 0,
      to: ROW.length,
      propertiesFrom,
      propertiesTo: ROW.indexOf(',"time"'),
    },
    write(writer: ByteWriter) {
      spliced += 1;
      writer.text(CHANGED);
    },
  } as unknown as EditedColumns;
  const delivery = new SplicedDelivery(head, { event: {}, columns }, undefined);
  return { delivery, spliced: () => spliced };
}

const textOf = (writer: ByteWriter, from = 0) => Buffer.from(writer.peek(from)).toString();

describe('columns that are changes to the bytes of their row', () => {
  it('are spliced for the first encoding and copied for the others', () => {
    const { delivery, spliced } = renamed();
    const writers = [new ByteWriter(4), new ByteWriter(), new ByteWriter()];
    for (const writer of writers) {
      writer.text('before ');
      delivery.writeRaw(writer);
      // What comes behind makes the buffer grow.
      writer.text('x'.repeat(100));
    }
    const event = new ByteWriter();
    delivery.writeEvent(event);
    const raw = ROW.replace('{"old":1}', CHANGED);
    for (const writer of writers) expect(textOf(writer)).toBe(`before ${raw}${'x'.repeat(100)}`);
    expect(textOf(event)).toBe(CHANGED);
    expect(spliced()).toBe(1);
  });

  it.each([
    ['taken back, and others are in their place', (writer: ByteWriter) => writer.truncate(0)],
    ['given back with the buffer', (writer: ByteWriter) => writer.release()],
  ])('are spliced again where they were %s', (_, undo) => {
    const { delivery, spliced } = renamed();
    const first = new ByteWriter();
    delivery.writeEvent(first);
    undo(first);
    first.text('something else that is longer');
    const second = new ByteWriter();
    delivery.writeEvent(second);
    const third = new ByteWriter();
    delivery.writeRaw(third);
    expect(textOf(second)).toBe(CHANGED);
    expect(textOf(third)).toContain(CHANGED);
    expect(spliced()).toBe(2);
  });

  it('are spliced again for the writer that has them, whose buffer may be another one while it copies', () => {
    const { delivery } = renamed();
    const writer = new ByteWriter(1);
    delivery.writeEvent(writer);
    delivery.writeEvent(writer);
    expect(textOf(writer)).toBe(CHANGED + CHANGED);
  });
});

describe('the deliveries of a row', () => {
  const row = { id: '1', table: 'T', properties: {}, envelope: {}, source: { blob: 'b', offset: 0 } };
  const of = (...routes: readonly Route[]) =>
    deliveriesOf(row as unknown as Row, { event: {} }, routes, undefined).map(
      ([to, all]) => [to, all.map((delivery) => delivery)] as const,
    );

  it('are one object for all destinations that get the same', () => {
    const all = of({ to: 'a' }, { to: 'b' }, { to: 'c' });
    expect(all.map(([to]) => to)).toEqual(['a', 'b', 'c']);
    expect(new Set(all.flatMap(([, deliveries]) => deliveries)).size).toBe(1);
    for (const [, deliveries] of all) expect(deliveries).toHaveLength(1);
  });

  it('are others where a route has another severity', () => {
    const all = of({ to: 'a' }, { to: 'b', severity: 'high' }, { to: 'c' });
    const [a, b, c] = all.map(([, [delivery]]) => delivery);
    expect([a?.head.severity, b?.head.severity]).toEqual([undefined, 'high']);
    expect(c).toBe(a);
  });

  it('are as many for a destination as it has routes', () => {
    expect(of({ to: 'a' }, { to: 'b' }, { to: 'a' }).map(([to, all]) => [to, all.length])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });

  it('are none without a route', () => {
    expect(of()).toEqual([]);
  });
});
