/** A fault in the code of one destination: what it throws is its own matter, and no other destination waits for it. */
import { describe, expect, it } from 'vitest';
import { numberOf } from '../../lab/memory/sink.ts';
import { MINUTE, numbers, relay, row } from './harness.ts';

const rows = (from: number, to: number) =>
  numbers(from, to)
    .map((n) => row(n))
    .join('');

/** Makes `hook` fail to encode some rows; the other destinations keep the encoding that they shared with it. */
function withFaultyEncoding(r: ReturnType<typeof relay>, isFaulty: (n: unknown) => boolean) {
  const { destination } = r.deps.destinations.get('hook') ?? {};
  if (!destination) throw new Error('no hook');
  const { write } = destination.encoding;
  const faulty = {
    ...destination.encoding,
    key: 'faulty',
    write: (...[delivery, writer]: Parameters<typeof write>) => {
      const start = writer.length;
      write(delivery, writer);
      const text = Buffer.from(writer.peek(start, writer.length)).toString();
      if (isFaulty(JSON.parse(text).properties?.n)) throw new TypeError('x is not a function');
    },
  };
  Object.assign(destination, { encoding: faulty });
  return r.sink('hook');
}

describe('a fault in how a destination encodes rows', () => {
  it('takes that destination out of service, and the others go on', async () => {
    const r = relay(['hook', 'splunk']);
    let isFixed = false;
    const hook = withFaultyEncoding(r, () => !isFixed);
    r.append(rows(0, 5));
    await r.notify();
    await r.pass(10_000);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 5));
    expect(hook.rows).toEqual([]);
    expect(r.deps.destinations.get('hook')?.breaker.record).toMatchObject({
      code: 'destination_fault',
      message: expect.stringContaining('x is not a function'),
    });
    expect(r.deps.destinations.get('splunk')?.breaker.record).toBeUndefined();
    expect((await r.checkpoint())?.destinations).toMatchObject({
      hook: { offset: 0 },
    });

    r.append(rows(5, 8));
    await r.pass(2 * MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 8));

    isFixed = true;
    await r.pass(10 * MINUTE);
    expect(hook.rows).toEqual(numbers(0, 8));
    expect(r.deps.destinations.get('hook')?.breaker.record).toBeUndefined();
  });

  it('keeps one row and those behind it waiting, after those before it are delivered, each once', async () => {
    const r = relay(['hook', 'splunk']);
    let isFixed = false;
    const hook = withFaultyEncoding(r, (n) => n === 4 && !isFixed);
    r.append(rows(0, 8));
    await r.notify();
    await r.pass(5 * MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 8));
    expect(hook.rows).toEqual(numbers(0, 4));
    isFixed = true;
    await r.pass(20 * MINUTE);
    expect(hook.rows).toEqual(numbers(0, 8));
  });
});

describe('a fault in how a destination sends a batch', () => {
  it('is that of one row, which is isolated, and the others go on', async () => {
    const r = relay(['hook', 'splunk']);
    r.sink('hook').behave = ({ items }) => {
      if (items.some((item) => numberOf(item) === 3)) throw new TypeError('x is not a function');
    };
    r.append(rows(0, 8));
    await r.notify();
    await r.pass(2 * MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 8));
    expect(r.sink('hook').rows).toEqual(numbers(0, 8).filter((n) => n !== 3));
  });

  it('takes the destination out of service where each batch fails', async () => {
    const r = relay(['hook', 'splunk']);
    r.sink('hook').behave = () => {
      throw new TypeError('x is not a function');
    };
    r.append(rows(0, 8));
    await r.notify();
    await r.pass(2 * MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 8));
    expect(r.deps.destinations.get('hook')?.breaker.record).toMatchObject({ code: 'destination_fault' });
    expect((await r.checkpoint())?.destinations).toMatchObject({ hook: { offset: 0 } });
    r.sink('hook').behave = () => {};
    await r.pass(10 * MINUTE);
    expect(r.sink('hook').rows).toEqual(numbers(0, 8));
  });
});
