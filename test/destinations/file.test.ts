import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError } from '../../src/destinations/errors.ts';
import { fileConfig } from '../../src/destinations/file/config.ts';
import { nodeFiles } from '../../src/hosts/node/files.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { batchOf, envelope, eventRecord } from './samples.ts';

const signal = new AbortController().signal;

describe('file', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xdr-relay-file-'));
    path = join(folder, 'out.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true }));
  const deps = { ...depsOf(nodeHttpClient), files: nodeFiles };
  const open = (over: Record<string, unknown> = {}) =>
    createDestination('file', fileConfig.parse({ type: 'file', path, ...over }), deps);
  const lines = async () => (await readFile(path, 'utf8')).split('\n').slice(0, -1);

  it('has written every line when it resolves', async () => {
    const destination = open();
    await destination.send(
      batchOf(destination, [envelope(1), envelope(2, { event: { Text: 'a\nb' } })]),
      signal,
    );
    await destination.send(batchOf(destination, [envelope(3)]), signal);
    const rows = (await lines()).map((line) => JSON.parse(line));
    const sent = [envelope(1), envelope(2, { event: { Text: 'a\nb' } }), envelope(3)];
    expect(rows).toEqual(sent.map(eventRecord));
    await destination.close();
  });

  it('writes concurrent batches one after the other', async () => {
    const destination = open({ shape: 'raw' });
    const many = Array.from({ length: 50 }, (_, at) => envelope(at));
    await Promise.all(
      [0, 1, 2, 3, 4].map((at) =>
        destination.send(batchOf(destination, many.slice(at * 10, at * 10 + 10)), signal),
      ),
    );
    const rows = (await lines()).map((line) => JSON.parse(line).properties.ReportId);
    expect(rows).toEqual(many.map((_, at) => at));
  });

  it('ends a line that a crash cut short before it writes the next', async () => {
    await writeFile(path, '{"whole":1}\n{"cut');
    const destination = open();
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(await lines()).toEqual(['{"whole":1}', '{"cut', JSON.stringify(eventRecord(envelope(1)))]);
  });

  it('may be rotated', async () => {
    const destination = open();
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    await rename(path, `${path}.1`);
    await destination.send(batchOf(destination, [envelope(2)]), signal);
    expect(await lines()).toEqual([JSON.stringify(eventRecord(envelope(2)))]);
  });

  it('says that it can’t be written, and stops for its signal', async () => {
    const nowhere = open({ path: join(folder, 'missing', 'out.jsonl') });
    const sent = nowhere.send(batchOf(nowhere, [envelope(1)]), signal);
    await expect(sent).rejects.toBeInstanceOf(DestinationRefusedError);
    const destination = open();
    const aborted = destination.send(
      batchOf(destination, [envelope(1)]),
      AbortSignal.abort(new Error('stop')),
    );
    await expect(aborted).rejects.toThrow('stop');
  });

  it('is refused where the host has no files', () => {
    const config = fileConfig.parse({ type: 'file', path });
    const make = () => createDestination('out', config, depsOf(nodeHttpClient));
    expect(make).toThrow(expect.objectContaining({ code: 'no_files' }));
  });

  it('has the limits of its type where relay.yaml names none', () => {
    const made = createDestination('out', fileConfig.parse({ type: 'file', path }), deps);
    expect(made).toMatchObject({
      name: 'out',
      type: 'file',
      batch: { items: 5_000, bytes: 4_194_304, ageMs: 500 },
    });
  });
});
