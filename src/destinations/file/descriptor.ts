/** Files, described. There is no `reply.ts`: nothing replies. */
import type { FileDescriptor } from '../descriptor.ts';
import { fileConfig } from './config.ts';
import { fileLines } from './encode.ts';
import { fileSender } from './send.ts';

export const file: FileDescriptor<typeof fileConfig> & { readonly audience: 'machines' } = {
  type: 'file',
  title: 'files',
  who: 'The file',
  audience: 'machines',
  needs: 'files',
  config: fileConfig,
  defaults: { batch: { items: 5_000, bytes: 4_194_304, ageMs: 500 }, concurrency: 1 },
  shape: 'relay',
  encode: fileLines,
  secretLooks: [],
  send: fileSender,
  least: { type: 'file', path: '-' },
  example: `out:
  type: file
  path: events.jsonl
`,
  variables: [],
  inNewFile: 'no',
  docs: 'The relay opens the file for each batch, so that it can be rotated. With `path: "-"`, `xdr-relay serve | jq` works: rows go to standard output and the log to standard error. When the reader ends, the relay ends too if it has no other destination; otherwise this one is out of service. Workers have no files. See docs/destinations/file.md.',
};
