/** Says one message of a rule. */
import { due } from '../../../alerts/groups/due.ts';
import { accepted } from './availability.ts';
import { messageFailed, withoutHeld } from './failed.ts';
import { counted, type Parts } from './parts.ts';

/**
 * Returns whether the destination took it; undefined where nothing was said.
 *
 * @param name of a document of groups. Where it has nothing to say, the index is told so.
 * @param id of the group whose message is said. Absent, or where that has nothing to say now: the most urgent one.
 */
export async function saySingle(parts: Parts, name: string, id?: string): Promise<boolean | undefined> {
  const { clock, manner, messenger, lease, records } = parts;
  const shard = await records.load(name);
  const all = shard ? due(shard, clock.now(), manner).messages : [];
  const messages = await withoutHeld(parts, name, all);
  if (messages.length === 0 && all.length > 0) return undefined;
  const message = messages.find((one) => one.id === id) ?? messages[0];
  if (shard === undefined || message === undefined) {
    await records.settle(name, shard);
    return undefined;
  }
  const result = await lease.during((signal) => messenger.say(message.message, message.posted, signal));
  if (result.kind === 'said') {
    counted(parts, 'said');
    records.add(name, message, result.posted);
    await accepted(parts, [message.message]);
    await records.settle(name);
    return true;
  }
  if (result.kind === 'lost') return undefined;
  await messageFailed(parts, { name, message }, result.error);
  return false;
}
