/** Every row becomes a valid event of both schemas, and nothing of it is lost. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createGenerator } from '../../../lab/generator/generator.ts';
import { findTable, tableNames } from '../../../src/rules/schema/index.ts';
import { MAPPED_SHAPES } from '../../../src/rules/shapes/shapes.ts';
import { violationsOf } from '../../../src/rules/shapes/validate/violations.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { runs } from '../../support/runs.ts';
import { asAlert, compiled, eventOf, headOf, scalarsIn } from './helpers.ts';
import { expectLawfulRows } from './row-property.ts';

/** Tables whose rows have no class of their own in OCSF 1.8.0: docs/shapes.md gives the reasons. */
const WITHOUT_CLASS = new Set(['MessageEvents', 'MessagePostDeliveryEvents', 'MessageUrlInfo']);

/** How many random rows each table gets: some hundred for all tables together; test/long draws a hundred thousand. */
const ROWS = runs(4);

function generated(count: number): readonly { readonly table: string; readonly row: JsonObject }[] {
  let now = Date.parse('2026-11-25T10:00:00Z');
  const generator = createGenerator({ seed: 14, now: () => (now += 50) });
  return Array.from({ length: count }, () => {
    const { table, line } = generator.next();
    return { table, row: (JSON.parse(line.toString()) as { properties: JsonObject }).properties };
  });
}

describe('generated rows', () => {
  const rows = generated(4_000);

  it.each(MAPPED_SHAPES)('are valid %s, as events and as alerts', (shape) => {
    const { shapes } = compiled();
    for (const { table, row } of rows.slice(0, runs(200))) {
      const event = eventOf(shapes, shape, row, headOf(table));
      expect(violationsOf(shape, event), JSON.stringify(event)).toEqual([]);
      const alert = eventOf(shapes, shape, row, headOf(table, asAlert));
      expect(violationsOf(shape, alert), JSON.stringify(alert)).toEqual([]);
    }
  });

  it('are more than a base_event, in all tables that OCSF has a class for', () => {
    const fallbacks: string[] = [];
    const { shapes } = compiled({}, (table, action) => fallbacks.push(`${table} ${action}`));
    const known = rows.filter(({ table }) => findTable(table));
    for (const { table, row } of known) shapes.text('ocsf', row, headOf(table));
    const byTable = Map.groupBy(fallbacks, (text) => text.split(' ')[0] ?? '');
    for (const [table, all] of Map.groupBy(known, (one) => one.table)) {
      const share = (byTable.get(table)?.length ?? 0) / all.length;
      expect(share, `${table}: ${[...new Set(byTable.get(table))].join(', ')}`).toBeLessThan(0.02);
    }
  });
});

describe.each(MAPPED_SHAPES)('the rows in the tests of the shipped table files as %s', (shape) => {
  const { shapes } = compiled();
  const folder = join(import.meta.dirname, '../../../transforms');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

  it.each(files)('%s: valid, and every value is found', (name) => {
    const { table, tests = [] } = parse(readFileSync(join(folder, name), 'utf8')) as {
      readonly table: string;
      readonly tests?: readonly { readonly row: JsonObject }[];
    };
    expect(tests).not.toEqual([]);
    for (const { row } of tests) {
      for (const more of [{}, asAlert]) {
        const event = eventOf(shapes, shape, row, headOf(table, more));
        expect(violationsOf(shape, event), JSON.stringify(event)).toEqual([]);
        expect(scalarsIn(event)).toEqual(
          expect.arrayContaining(scalarsIn(row).filter((text) => text !== '')),
        );
      }
    }
  });
});

describe.each(MAPPED_SHAPES)('random rows of every table as %s', (shape) => {
  const { shapes } = compiled();

  it.each(tableNames)('%s: valid, and every value is found', (table) => {
    expectLawfulRows(shapes, shape, table, ROWS);
  });
});

it('the tables without a class are the ones that docs/shapes.md names', () => {
  const { shapes } = compiled();
  for (const table of WITHOUT_CLASS) {
    expect(eventOf(shapes, 'ocsf', { Timestamp: '2026-11-25T10:00:00Z' }, headOf(table)).class_uid).toBe(0);
  }
});
