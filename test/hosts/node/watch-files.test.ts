import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FilesWatch, watchFiles } from '../../../src/hosts/node/reload/watch-files.ts';
import { systemClock } from '../../../src/shared/clock.ts';

let folder: string;
let watch: FilesWatch;
let calls: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-watch-'));
  calls = 0;
  watch = watchFiles(() => calls++, systemClock);
});
afterEach(async () => {
  watch.close();
  await rm(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);

async function untilCalls(n: number): Promise<void> {
  while (calls < n) await delay(20);
}

describe('watched files', () => {
  it('are seen when they are written, replaced by another file, removed, and created', async () => {
    await writeFile(at('relay.yaml'), 'a');
    const files = [at('relay.yaml'), at('.env')];
    await watch.begin(files);
    await writeFile(at('relay.yaml'), 'b');
    await untilCalls(1);
    await watch.begin(files);
    await writeFile(at('relay.yaml~'), 'c');
    await rename(at('relay.yaml~'), at('relay.yaml'));
    await untilCalls(2);
    await watch.begin(files);
    await writeFile(at('.env'), 'A=1');
    await untilCalls(3);
    await watch.begin(files);
    await rm(at('.env'));
    await untilCalls(4);
  });

  it('are seen when Kubernetes swaps the folder that they are links into', async () => {
    for (const version of ['..1', '..2']) {
      await mkdir(at(version));
      await writeFile(join(at(version), 'token'), 'same length');
    }
    await symlink('..1', at('..data'));
    await symlink('..data/token', at('token'));
    await watch.begin([at('token')]);
    await symlink('..2', at('..data_tmp'));
    await rename(at('..data_tmp'), at('..data'));
    await untilCalls(1);
  });

  it('do not matter when others beside them change, and a storm is one change', async () => {
    await writeFile(at('relay.yaml'), 'a');
    await watch.begin([at('relay.yaml')]);
    await writeFile(at('other'), 'b');
    await delay(700);
    expect(calls).toBe(0);
    // At once, for on a busy machine a pause between two of them may be as long as one that ends a storm.
    for (let n = 0; n < 20; n++) writeFileSync(at('relay.yaml'), `a${n}`);
    await untilCalls(1);
    await delay(700);
    expect(calls).toBe(1);
  });
});
