import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Checkpoint, Cursor } from '../../src/checkpoints/checkpoint.ts';
import { checkpointJson, decodeCheckpoint, encodeCheckpoint } from '../../src/checkpoints/encoding.ts';

/** A checkpoint as version 1 stores it, with everything that one can have. */
const STORED = `{"v":1,"createdOn":1795000000123,"length":500,"grownOn":1795000000456,"format":"lines","closed":true,
"end":{"length":500,"offset":480},"etag":"0x8DE2C1F5A3B4C70","generation":2,
"hold":{"code":"blob_archived","since":1795000000000,"failures":3,"until":1795000009000},
"destinations":{
"splunk":{"offset":480,"print":{"at":400,"hash":"rB5mkiXUp70juI_XsbhoMQ"},"counts":{"rows":9,"delivered":6,"filtered":2,"deadLettered":1}},
"hook":{"offset":120,"behind":{"task":"a.1","due":1795000007000,"attempts":2,"scanned":130}},
"splunk~replay":{"offset":30,"to":480,"behind":{"task":"b","due":1795000006000,"attempts":0},"print":{"at":20,"hash":"x"},"counts":{"rows":1,"delivered":1,"filtered":0,"deadLettered":0}}},
"next":{"task":"c~7","due":1795000005000}}`;

const READ: Checkpoint = {
  v: 1,
  createdOn: 1_795_000_000_123,
  length: 500,
  grownOn: 1_795_000_000_456,
  format: 'lines',
  closed: true,
  end: { length: 500, offset: 480 },
  etag: '0x8DE2C1F5A3B4C70',
  generation: 2,
  hold: { code: 'blob_archived', since: 1_795_000_000_000, failures: 3, until: 1_795_000_009_000 },
  destinations: {
    splunk: {
      offset: 480,
      print: { at: 400, hash: 'rB5mkiXUp70juI_XsbhoMQ' },
      counts: { rows: 9, delivered: 6, filtered: 2, deadLettered: 1 },
    },
    hook: { offset: 120, behind: { task: 'a.1', due: 1_795_000_007_000, attempts: 2, scanned: 130 } },
  },
  replays: {
    splunk: {
      offset: 30,
      to: 480,
      behind: { task: 'b', due: 1_795_000_006_000, attempts: 0 },
      print: { at: 20, hash: 'x' },
      counts: { rows: 1, delivered: 1, filtered: 0, deadLettered: 0 },
    },
  },
  next: { task: 'c~7', due: 1_795_000_005_000 },
};

const name = fc.stringMatching(/^[a-z0-9]{1,4}(-[a-z0-9]{1,3})?$/);
const rows = fc.nat(1_000);
const optional = { requiredKeys: ['offset'] as ['offset'] };
const cursor: fc.Arbitrary<Cursor> = fc.record(
  {
    offset: fc.nat(),
    behind: fc.record(
      { task: fc.string(), due: fc.nat(), attempts: fc.nat(9), scanned: fc.nat() },
      { requiredKeys: ['task', 'due', 'attempts'] },
    ),
    print: fc.record({ at: fc.nat(), hash: fc.string({ maxLength: 22 }) }),
    counts: fc.record({ rows, delivered: rows, filtered: rows, deadLettered: rows }),
  },
  optional,
);
const checkpoint: fc.Arbitrary<Checkpoint> = fc
  .record({
    destinations: fc.dictionary(name, cursor),
    replays: fc.dictionary(
      name,
      fc.tuple(cursor, fc.nat()).map(([one, to]) => ({ ...one, to })),
    ),
    closed: fc.boolean(),
    format: fc.constantFrom('lines' as const, 'document' as const, 'gzip' as const),
  })
  .map((some) => ({ v: 1, createdOn: 1, length: 2, grownOn: 3, ...some }));

describe('a checkpoint as JSON', () => {
  it('is read as today’s version stores it, and written so: either version reads what the other wrote', () => {
    expect(decodeCheckpoint(Buffer.from(STORED), 'a')).toEqual(READ);
    expect(JSON.parse(encodeCheckpoint(READ).toString())).toEqual(JSON.parse(STORED));
  });

  it('keeps its cursors and its replays apart, whatever they hold', () => {
    fc.assert(
      fc.property(checkpoint, (one) => {
        const json = checkpointJson(one);
        expect(json).not.toHaveProperty('replays');
        const count = Object.keys(one.destinations).length + Object.keys(one.replays).length;
        expect(Object.keys(json.destinations)).toHaveLength(count);
        expect(decodeCheckpoint(encodeCheckpoint(one), 'a')).toEqual(one);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [
      'a replay without an end ends at once',
      { 'hook~replay': { offset: 7 } },
      {},
      { hook: { offset: 7, to: 7 } },
    ],
    [
      'an end of an ordinary cursor means nothing',
      { hook: { offset: 7, to: 9 } },
      { hook: { offset: 7 } },
      {},
    ],
  ])('that no version wrote is read: %s', (_, stored, destinations, replays) => {
    const content = JSON.stringify({ ...JSON.parse(STORED), destinations: stored });
    expect(decodeCheckpoint(Buffer.from(content), 'a')).toEqual({ ...READ, destinations, replays });
  });

  it('says what it cannot read', () => {
    const message = (content: string) => () => decodeCheckpoint(Buffer.from(content), 'x.json');
    expect(message('{')).toThrow('x.json is not JSON');
    expect(message(STORED.replace('"offset":30', '"offset":-1'))).toThrow(
      'destinations.splunk~replay.offset',
    );
    expect(message(STORED.replace('{"v":1', '{"replays":{},"v":1'))).toThrow('replays');
  });
});
