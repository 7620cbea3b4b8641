/** A digest that the destination refuses because of one message: that one alone becomes a dead letter, and the others are told soon. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/alerts/message.ts';
import { RowsRefusedError } from '../../../src/destinations/errors.ts';
import { all, batchOf, countsIn, numbers, START, total, world } from './world.ts';

const SIGNAL = new AbortController().signal;

/** A product that refuses every request with a message of a bad rule in it. */
function refusing(isBad: (title: string) => boolean) {
  let refused = 0;
  const check = (messages: readonly Message[]) => {
    const bad = messages.some(
      (message) => message.kind === 'alert' && isBad(message.envelope.rule?.title ?? ''),
    );
    if (!bad) {
      made.heard.push({ at: made.clock.now(), messages });
      return;
    }
    refused += 1;
    throw new RowsRefusedError('rows_refused', 'invalid_blocks');
  };
  const made = world({
    messenger: {
      async say(message) {
        check([message]);
        return undefined;
      },
      digest: async (messages) => check(messages),
    },
  });
  return { ...made, refusals: () => refused };
}

const eachItsRule = (row: number) => ({ rule: { id: `r${row}`, title: `Rule ${row}` } });

describe('A digest that is refused because of one message', () => {
  it.each([0, 17, 79])(
    'is halved until message %i stands alone: all others are told within 40 seconds',
    async (bad) => {
      const { consumer, passes, heard, deadLetters, refusals } = refusing((title) => title === `Rule ${bad}`);
      const people = consumer();
      await people.destination.send(batchOf(numbers(80), eachItsRule), SIGNAL);
      await passes(people, 120_000);
      expect(total(heard)).toBe(79);
      expect(countsIn(heard).size).toBe(79);
      expect(Math.max(...heard.map(({ at }) => at)) - START).toBeLessThanOrEqual(40_000);
      // Halves of 40, and the message itself before it is given up.
      expect(refusals()).toBeLessThanOrEqual(10);
      const letters = await all(deadLetters.list());
      expect(letters).toMatchObject([{ destination: 'soc', rule: `r${bad}` }]);
    },
  );

  it('loses none of many messages of which several are refused', async () => {
    const isBad = (title: string) => /7$/.test(title);
    const { consumer, passes, heard, deadLetters } = refusing(isBad);
    const people = consumer();
    await people.destination.send(batchOf(numbers(100), eachItsRule), SIGNAL);
    await passes(people, 10 * 60_000);
    expect(total(heard)).toBe(90);
    expect((await all(deadLetters.list())).length).toBe(10);
  });
});
