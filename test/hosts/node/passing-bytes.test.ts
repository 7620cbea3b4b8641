/** Memory for a file that goes back at once. */
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPassing } from '../../../src/hosts/node/passing-bytes.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-passing-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(text: string, size: number) {
  const path = join(folder, 'file');
  await writeFile(path, text);
  const file = openSync(path, 'r');
  try {
    return readPassing(file, size);
  } finally {
    closeSync(file);
  }
}

it('reads so many bytes, or those that there are', async () => {
  expect((await read('0123456789', 4)).bytes.toString()).toBe('0123');
  expect((await read('0123', 10)).bytes.toString()).toBe('0123');
  expect((await read('', 0)).bytes.toString()).toBe('');
});

it('takes pages of their own, which only memory that can change its size has, and gives them back', async () => {
  const { bytes, free } = await read('0123456789', 10);
  expect(bytes.buffer.resizable).toBe(true);
  free();
  expect(bytes).toHaveLength(0);
  expect(bytes.buffer.byteLength).toBe(0);
});
