import { describe, expect, it } from 'vitest';
import type { Sink } from '../../../lab/memory/sink.ts';
import type { Checkpoint } from '../../../src/checkpoints/checkpoint.ts';
import { freshCheckpoint } from '../../../src/relay/visit/reading.ts';
import { visit } from '../../../src/relay/visit/visit.ts';
import { MINUTE, relay, row, rows } from '../harness.ts';

/** A blob whose last row has no line end, which may close now, with these behind at its beginning. */
async function almostClosed(names: readonly string[] = ['hook']) {
  const r = relay();
  r.append(rows(0, 3) + row(3).trimEnd());
  const now = r.clock.now() + 80 * MINUTE;
  const stat = await r.blobs.stat(r.ref);
  if (!stat) throw new Error('no blob');
  const checkpoint: Checkpoint = {
    ...freshCheckpoint(stat, now),
    length: stat.length,
    destinations: Object.fromEntries(
      names.map((name) => [name, { offset: 0, behind: { task: `${name}'s`, due: now, attempts: 1 } }]),
    ),
    next: { task: 'main', due: now },
  };
  await r.checkpoints.save(r.ref, checkpoint, undefined);
  r.clock.advance(80 * MINUTE);
  const task = { v: 1, blob: r.ref } as const;
  return {
    r,
    readAlone: (destination = 'hook') =>
      visit(
        r.deps,
        { ...task, id: `${destination}'s`, origin: 'behind', cursor: { destination, replay: false } },
        r.stopping,
      ),
    close: () => visit(r.deps, { ...task, id: 'main', origin: 'tail' }, r.stopping),
  };
}

/** Runs `work` once, while the sink has a batch in its hands. */
function during(sink: Sink, work: () => Promise<unknown>): void {
  let done = false;
  sink.behave = async () => {
    if (done) return;
    done = true;
    await work();
  };
}

describe('a blob that closes while a destination reads on its own', () => {
  it('keeps its last row for a destination that catches up just before', async () => {
    const { r, readAlone, close } = await almostClosed();
    during(r.sink('splunk'), () => readAlone());
    await close();
    await r.pass(10 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual([0, 1, 2, 3]);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('keeps its last row for a destination that catches up just after', async () => {
    const { r, readAlone, close } = await almostClosed();
    during(r.sink('hook'), close);
    await readAlone();
    await r.pass(10 * MINUTE);
    for (const name of ['splunk', 'hook']) expect(r.sink(name).rows).toEqual([0, 1, 2, 3]);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('keeps its last row where every destination reads on its own', async () => {
    const names = ['splunk', 'hook'];
    const { r, readAlone, close } = await almostClosed(names);
    during(r.sink('hook'), close);
    for (const name of names.toReversed()) await readAlone(name);
    await r.pass(10 * MINUTE);
    for (const name of names) expect(r.sink(name).rows).toEqual([0, 1, 2, 3]);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
    const { closed, end, destinations } = (await r.checkpoint()) ?? {};
    expect({ closed, end: end?.offset, ends: Object.values(destinations ?? {}) }).toMatchObject({
      closed: true,
      ends: [{ offset: end?.offset }, { offset: end?.offset }],
    });
  });
});

describe('a clock of ours that is off', () => {
  it.each([-120, 120])('by %d minutes closes no blob too early, and none too late', async (minutes) => {
    const r = relay(['splunk']);
    const { stat } = r.blobs;
    let off = 0;
    Object.assign(r.blobs, {
      stat: async (...args: Parameters<typeof stat>) => {
        const found = await stat(...args);
        return found && { ...found, asOf: r.clock.now() - off };
      },
    });
    r.append(rows(0, 3) + row(3).slice(0, 40));
    await r.notify();
    await r.work();
    off = minutes * MINUTE;
    r.clock.step(off);
    await r.pass(10 * MINUTE, MINUTE);
    expect(await r.checkpoint()).toMatchObject({ closed: false });
    expect(r.sink('splunk').rows).toEqual([0, 1, 2]);

    r.clock.step(-off);
    r.append(row(3).slice(40));
    r.clock.step(off);
    await r.pass(MINUTE);
    expect(r.sink('splunk').rows).toEqual([0, 1, 2, 3]);
    expect(await r.letters()).toEqual([]);

    await r.pass(80 * MINUTE, MINUTE);
    expect(await r.checkpoint()).toMatchObject({ closed: true });
  });
});
