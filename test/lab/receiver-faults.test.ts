import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Fault, type ReceiverReply, startReceiver } from '../../lab/receivers/server.ts';

/** What a receiver that takes everything answers on the wire, and whether it took the request. */
async function askOnce(fault: Fault, made: ReceiverReply) {
  const counts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const receiver = await startReceiver({ fault: () => fault }, counts, () => {
    counts.events += 1;
    return made;
  });
  try {
    const socket = connect(receiver.port, '127.0.0.1');
    let text = '';
    let isReset = false;
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', () => {
      isReset = true;
    });
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
    await new Promise((resolve) => socket.once('close', resolve));
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    return { text, isReset, body, length, taken: counts.events };
  } finally {
    await receiver.close();
  }
}

describe('a reply that breaks off', () => {
  it.each([
    ['no body', { status: 202 }],
    ['an empty body', { status: 200, body: '' }],
    ['a body of one character', { status: 200, body: '1' }],
    ['a body', { status: 200, body: '{"text":"Success","code":0}' }],
  ])('is no whole reply: with %s', async (_, made) => {
    const { body, length, text, taken } = await askOnce('half_reply', made);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${made.status} `));
    expect(body.length).toBeGreaterThan(0);
    expect(body.length).toBeLessThan(length);
    expect(taken).toBe(1);
  });

  it('never comes where the connection is reset, after the request was taken or before', async () => {
    const after = await askOnce('accept_then_reset', { status: 200, body: 'ok' });
    expect(after).toMatchObject({ text: '', isReset: true, taken: 1 });
    expect(await askOnce('reset', { status: 200 })).toMatchObject({ text: '', isReset: true, taken: 0 });
  });
});
