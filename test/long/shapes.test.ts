/** A hundred thousand random and damaged rows become valid events of both schemas, and nothing of them is lost. */
import { describe, it } from 'vitest';
import { tableNames } from '../../src/rules/schema/index.ts';
import { MAPPED_SHAPES } from '../../src/rules/shapes/shapes.ts';
import { compiled } from '../rules/shapes/helpers.ts';
import { expectLawfulRows } from '../rules/shapes/row-property.ts';

const ROWS = 100_000;

describe.each(MAPPED_SHAPES)('as %s', (shape) => {
  const { shapes } = compiled();

  it.each(tableNames)('%s', { timeout: 600_000 }, (table) => {
    expectLawfulRows(shapes, shape, table, Math.ceil(ROWS / tableNames.length));
  });
});
