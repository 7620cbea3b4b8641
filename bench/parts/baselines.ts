/** The least that anything could do with the rows of W, beside which all else is read. */
import { alternate } from '../alternate.ts';
import { rate } from '../measure.ts';
import type { Part } from '../part.ts';
import { costOf } from '../program.ts';

export const baselines: Part = {
  name: 'baselines',
  about: 'splitting, parsing and compressing the rows of W, and nothing else',
  async run(context) {
    const { path } = await context.input.work();
    const { signal } = context;
    const baseline = (name: string) => () => costOf({ program: 'baseline', args: [name, path], signal });
    const costs = await alternate(context, {
      split: baseline('split'),
      parse: baseline('parse'),
      gzip: baseline('gzip'),
    });
    const beside = { of: 'JSON.parse', costs: costs.parse };
    return [
      rate('newline split', costs.split, beside),
      rate('JSON.parse of each row', costs.parse, beside),
      rate('gzip of each row, level 1', costs.gzip, beside),
    ];
  },
};
