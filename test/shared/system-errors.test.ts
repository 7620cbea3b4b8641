import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { storageFailure } from '../../src/azure/failure.ts';
import { describeError } from '../../src/cli/describe-error.ts';
import { nodeFiles } from '../../src/hosts/node/files.ts';
import { listen } from '../../src/hosts/node/listen.ts';
import { RelayError } from '../../src/shared/errors.ts';
import { SYSTEM_ERRORS, systemAdvice, systemCodeOf, systemPhrase } from '../../src/shared/system-errors.ts';

const plain = { color: false, debug: false };
const thrown = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
};

describe('an error of the system', () => {
  it('has a meaning and a fix in the form that sentences are made of', () => {
    for (const [code, { meaning, fix }] of Object.entries(SYSTEM_ERRORS)) {
      expect([code, meaning]).toEqual([code, expect.stringMatching(/^[a-z].*[^.]$/)]);
      expect([code, fix]).toEqual([code, expect.stringMatching(/^[a-z].*[^.]$/)]);
    }
  });

  it('says that the port is taken, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const error = await thrown(() => listen(() => new Response(), '127.0.0.1', port));
    other.close();
    expect(describeError(error, plain)).toBe(
      `xdr-relay: Cannot listen on 127.0.0.1:${port}: another process listens on this port already (EADDRINUSE); ` +
        'stop that process ("ss -ltnp" shows it), or choose another port (cannot_listen)\nSee docs/errors.md#cannot_listen',
    );
    await expect(listen(() => new Response(), '192.0.2.1', 0)).rejects.toThrow(/no such address/);
  });

  it('is told by a file that cannot be written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-system-'));
    await writeFile(join(folder, 'file'), '');
    const inFile = await thrown(() => nodeFiles.append(join(folder, 'file', 'x'), Buffer.from('x')));
    expect(describeError(inFile, plain)).toContain(
      'a part of the path is no folder (ENOTDIR): check the path.',
    );
    const missing = await thrown(() => open(join(folder, 'no', 'x')));
    expect(describeError(missing, plain)).toContain('there is no such file or folder (ENOENT)');
    await rm(folder, { recursive: true });
  });

  it('is found behind the errors of clients, and of several addresses', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    other.close();
    await once(other, 'close');
    const refused = await thrown(() => request(`http://127.0.0.1:${port}`));
    expect(storageFailure(refused).text).toMatch(/ECONNREFUSED.*: nothing listens at this address$/);
    const wrapped = new RelayError('blob_gone', 'x', { cause: new AggregateError([refused]) });
    expect(systemCodeOf(wrapped)).toBe('ECONNREFUSED');
    expect(systemAdvice(wrapped)).toBe('check host and port, and that the service runs');
  });

  it('says nothing of what it does not know, nor follows causes for ever', () => {
    const circle: Error & { cause?: unknown } = new Error('x');
    circle.cause = circle;
    expect(systemCodeOf(circle)).toBeUndefined();
    expect(systemCodeOf({ code: 'toString' })).toBeUndefined();
    expect(systemPhrase('ECUSTOM')).toBe('ECUSTOM');
    expect(systemAdvice('ENOENT')).toBeUndefined();
  });
});
