/** Every destination: whether it can be reached, and with `--send` whether it takes an event. Needs no storage account. */

import { makeBatch } from '../../../delivery/batch.ts';
import { Encoder } from '../../../delivery/encoder.ts';
import { MemoryBudget } from '../../../delivery/memory-budget.ts';
import { addressOf } from '../../../destinations/list.ts';
import type { Destination } from '../../../destinations/port.ts';
import { messageOf } from '../../../shared/errors.ts';
import { type Check, type DoctorContext, error, type Finding } from '../check.ts';
import { thrownFinding } from '../run.ts';
import { testDelivery } from '../test-delivery.ts';

export const destinations: Check = {
  id: 'destinations',
  title: 'Every destination can be reached',
  async run(context, signal) {
    const names = Object.keys(context.config.destinations);
    if (names.length === 0) {
      return [
        error(
          'relay.yaml has no destination',
          'add one under destinations, and name it in default_destinations',
        ),
      ];
    }
    const each = await Promise.all(names.map((name) => reach(context, name, signal)));
    return each.flat();
  },
};

async function reach(context: DoctorContext, name: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const { config, connect, canAppend, destinations: made, send } = context;
  const entry = config.destinations[name];
  const destination = made.get(name);
  if (!entry || !destination) return [];
  try {
    if ('path' in entry) {
      if (entry.path !== '-') await canAppend(entry.path);
    } else {
      await connect(addressOf(entry), entry.allow_networks ?? [], signal);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const found = thrownFinding(thrown);
    return [{ ...found, message: `${name} cannot be reached: ${found.message}` }];
  }
  return send ? sendOne(destination, context, signal) : [];
}

/** Sends one event that says what it is. */
async function sendOne(
  destination: Destination,
  { clock }: DoctorContext,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { name, encoding } = destination;
  const encoder = new Encoder(encoding, { items: 1, bytes: 1, ageMs: 0 }, new MemoryBudget(0));
  const item = encoder.encode({ offset: 0, bytes: Buffer.alloc(0) }, testDelivery(clock.now()));
  try {
    await destination.send(makeBatch(`doctor/${name}`, [item], encoding), signal);
    return [];
  } catch (thrown) {
    signal.throwIfAborted();
    const found = thrownFinding(thrown);
    return [{ ...found, message: `${name} did not take the test event: ${messageOf(thrown)}` }];
  }
}
