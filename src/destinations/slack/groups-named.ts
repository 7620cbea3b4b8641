/** Names in a message's block ids which groups it stands for, so that a machine that reads the channel can account for every alert. */
import { type Block, identified, LIMITS } from './blocks.ts';

/** `<group id>=<count>` is at most 49 characters, so that 5 fit beside the mark. */
export const NAMED_IN_ONE = 5;

/** How many alerts a message says that a group has. */
export interface GroupCount {
  readonly groupId: string;
  readonly count: number;
}

/** How many groups one message can name. */
export const MOST_NAMED = 100;

/** The blocks with `g:<group id>=<count>,...` as their ids, from the first block on; groups that do not fit are not named. */
export function namingGroups(groups: readonly GroupCount[], blocks: readonly Block[]): readonly Block[] {
  return blocks.map((block, at) => {
    const named = groups.slice(at * NAMED_IN_ONE, Math.min((at + 1) * NAMED_IN_ONE, MOST_NAMED));
    if (named.length === 0) return block;
    const id = `g:${named.map(({ groupId, count }) => `${groupId}=${count}`).join(',')}`;
    return id.length > LIMITS.blockId ? block : identified(id, block);
  });
}

/** The block with the id of a trouble of the relay itself. */
export function namingTrouble(id: string, block: Block): Block {
  return identified(`o:${id}`.slice(0, LIMITS.blockId), block);
}
