/** The law of the shapes: whatever a row holds, its event is valid by the schema, and every value of the row is found in it. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { findTable } from '../../../src/rules/schema/index.ts';
import type { Shapes } from '../../../src/rules/shapes/shapes.ts';
import { violationsOf } from '../../../src/rules/shapes/validate/violations.ts';
import type { MappedShape } from '../../../src/shared/event.ts';
import type { JsonValue } from '../../../src/shared/json.ts';
import { asAlert, eventOf, headOf, scalarsIn } from './helpers.ts';
import { randomRow } from './random-rows.ts';

/** Checks random rows of a table, damaged ones among them. */
export function expectLawfulRows(shapes: Shapes, shape: MappedShape, table: string, numRuns: number): void {
  const schema = findTable(table);
  if (!schema) throw new Error(table);
  fc.assert(
    fc.property(randomRow(schema), fc.boolean(), (row, isAlert) => {
      const event = eventOf(shapes, shape, row, headOf(table, isAlert ? asAlert : {}));
      expect(violationsOf(shape, event)).toEqual([]);
      const found = new Set(scalarsIn(event));
      for (const value of scalarsIn(row as JsonValue)) {
        if (value !== '') expect(found).toContain(value);
      }
    }),
    { numRuns },
  );
}
