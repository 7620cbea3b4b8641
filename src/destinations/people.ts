/** A destination for people as a destination: says each alert of a batch by itself, for tests of a delivery and without any state. */
import { cutEnvelope } from '../alerts/groups/cut.ts';
import type { Envelope } from '../shared/event.ts';
import { messageOfOne } from './alert-view/single.ts';
import type { Messenger } from './messenger.ts';
import type { Batch, EncodedDelivery } from './port.ts';
import { envelopeIn } from './record.ts';

/** Says every alert of a batch as a message. Throws what {@link Messenger.say} throws. */
export async function sayEach(messenger: Messenger, batch: Batch, signal: AbortSignal): Promise<void> {
  for (const item of batch.items) {
    await messenger.say(messageOfOne(cutEnvelope(envelopeOf(item))), undefined, signal);
  }
}

/** The envelope of a delivery. A payload that is no record has no columns that could be read. */
export function envelopeOf(item: EncodedDelivery): Envelope {
  return envelopeIn(item.payload()) ?? { ...item.head, event: {} };
}
