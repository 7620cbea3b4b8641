/** Parts that are a program each. */
import type { Part } from '../part.ts';
import { measuresOf } from '../program.ts';

/** What is compared is compared within the program. */
export const matcher: Part = {
  name: 'matcher',
  about: 'the rules of one table alone, generated ones, beside JSON.parse of the rows',
  run: ({ signal, options }) =>
    measuresOf({ program: 'matcher', args: [options.quick ? '2000' : '20000'], signal }),
};

export const workbench: Part = {
  name: 'workbench',
  about:
    'exceptions, overrides and lists beside all Sigma rules (--sigma; generated ones without it), on a mix of tables',
  run: ({ signal, options: { quick, sigma } }) =>
    measuresOf({
      program: 'workbench',
      args: [...(quick ? ['2000', '3'] : ['10000', '5']), ...(sigma === undefined ? [] : [sigma])],
      signal,
    }),
};

export const hostile: Part = {
  name: 'hostile',
  about: 'rows that are made to be slow: the slowest of them',
  run: ({ signal, options }) =>
    measuresOf({
      program: new URL('../rules/hostile.ts', import.meta.url).pathname,
      args: [options.quick ? '1' : '4'],
      signal,
    }),
};

export const intake: Part = {
  name: 'intake',
  about: 'how long a request to /events, or a message of a queue, holds the event loop',
  run: ({ signal }) => measuresOf({ program: 'intake', signal }),
};

export const held: Part = {
  name: 'held',
  about: 'the latency of a live blob alone, and beside blobs that cannot be read',
  run: ({ signal, options }) =>
    measuresOf({ program: 'held', args: options.quick ? ['30', '8'] : ['240', '40'], signal }),
};
