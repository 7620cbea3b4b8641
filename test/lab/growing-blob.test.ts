import { describe, expect, it } from 'vitest';
import { GrowingBlob } from '../../lab/growing-blob.ts';

function inMemory() {
  let content = Buffer.alloc(0);
  const calls: string[] = [];
  const blob = new GrowingBlob({
    async create() {
      calls.push('create');
    },
    async append(bytes, position) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(position).toBe(content.length);
      content = Buffer.concat([content, bytes]);
      calls.push(`append ${bytes.length}`);
    },
  });
  return { blob, calls, content: () => content.toString() };
}

describe('a blob that grows', () => {
  it('says where each row will lie, and appends pieces that end anywhere', async () => {
    const { blob, calls, content } = inMemory();
    expect([blob.add(Buffer.from('first\n')), blob.add(Buffer.from('second\n'))]).toEqual([0, 6]);
    expect(await blob.append(8)).toBe(8);
    expect([content(), blob.written, blob.pendingBytes, blob.length]).toEqual(['first\nse', 8, 5, 13]);
    expect(blob.add(Buffer.from('third\n'))).toBe(13);
    expect(await blob.append()).toBe(11);
    expect(content()).toBe('first\nsecond\nthird\n');
    expect(calls).toEqual(['create', 'append 8', 'append 11']);
  });

  it('takes its appends one after the other, and what is added meanwhile', async () => {
    const { blob, content } = inMemory();
    blob.add(Buffer.from('aaaa'));
    const both = [blob.append(3), blob.append(3)];
    expect(blob.add(Buffer.from('bb'))).toBe(4);
    expect(await Promise.all(both)).toEqual([3, 3]);
    expect(content()).toBe('aaaabb');
    expect(await blob.append(100)).toBe(0);
  });

  it('appends no more than the service takes at once', async () => {
    const { blob, calls } = inMemory();
    blob.add(Buffer.alloc(9 * 1_048_576));
    expect(await blob.append()).toBe(9 * 1_048_576);
    expect(calls).toEqual(['create', 'append 4194304', 'append 4194304', 'append 1048576']);
  });

  it('takes a line end back that was not appended yet', async () => {
    const { blob, content } = inMemory();
    blob.add(Buffer.from('row\r\n'));
    expect(blob.takeBack(Buffer.from('\n\n'))).toBe(false);
    expect(blob.takeBack(Buffer.from('\r\n'))).toBe(true);
    await blob.append();
    expect([content(), blob.length]).toEqual(['row', 3]);
    expect(blob.takeBack(Buffer.from('w'))).toBe(false);
  });
});
