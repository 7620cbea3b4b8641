/** The buffers of bodies: used again once nobody reads them, and never before. */
import { describe, expect, it } from 'vitest';
import { createBodyBuffers, type OpenBody } from '../../src/destinations/body-buffers.ts';

const ROOM = 300_000;

/** Sends a body; returns its buffer. */
function bufferOf({ writer }: OpenBody): ArrayBuffer {
  writer.text('body');
  return writer.peek().buffer;
}

describe('the buffers of bodies', () => {
  it('uses a buffer again when the work with it is done, as where a body is compressed', async () => {
    const withBody = createBodyBuffers();
    const first = await withBody(ROOM, async (body) => bufferOf(body));
    const second = await withBody(ROOM + 1, async (body) => {
      expect(body.writer.length).toBe(0);
      return bufferOf(body);
    });
    expect(second).toBe(first);
  });

  it('gives each of two bodies at once a buffer of its own', async () => {
    const withBody = createBodyBuffers();
    await withBody(ROOM, async (one) => {
      await withBody(ROOM, async (other) => expect(bufferOf(other)).not.toBe(bufferOf(one)));
    });
  });

  it('waits for all requests that were announced, also after the work is done', async () => {
    const withBody = createBodyBuffers();
    const sent: (() => void)[] = [];
    const first = await withBody(ROOM, async (body) => {
      sent.push(body.announced(), body.announced());
      return bufferOf(body);
    });
    const again = () => withBody(ROOM, async (body) => bufferOf(body));
    // A request that tells twice counts once.
    sent[0]?.();
    sent[0]?.();
    const others = [await again(), await again()];
    expect(others).not.toContain(first);
    sent[1]?.();
    const later: ArrayBuffer[] = [];
    await withBody(ROOM, async (one) => {
      later.push(bufferOf(one));
      await withBody(ROOM, async (other) => later.push(bufferOf(other)));
    });
    expect(later).toContain(first);
  });

  it('leaves the buffer of a request that failed without a word to the garbage collector', async () => {
    const withBody = createBodyBuffers();
    let first: ArrayBuffer | undefined;
    const failing = withBody(ROOM, async (body) => {
      first = bufferOf(body);
      body.announced();
      throw new Error('connection lost');
    });
    await expect(failing).rejects.toThrow('connection lost');
    expect(await withBody(ROOM, async (body) => bufferOf(body))).not.toBe(first);
  });

  it('keeps no more than some MiB', async () => {
    const withBody = createBodyBuffers();
    const first = await withBody(5 << 20, async (body) => bufferOf(body));
    expect(await withBody(5 << 20, async (body) => bufferOf(body))).not.toBe(first);
  });
});
