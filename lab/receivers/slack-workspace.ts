/** The channels of a workspace of Slack, their messages and threads, as `chat.postMessage` and `chat.update` of the Web API treat them. */
import type { SlackContent } from './slack-blocks.ts';

export interface SlackChannel {
  /** `C0123456789` */
  readonly id: string;
  /** Without `#`. */
  readonly name: string;
  /** Whether the bot is in it. */
  readonly joined?: boolean;
}

/** A message as it stands in its channel now. */
export interface SlackMessageNow extends SlackContent {
  readonly channel: string;
  readonly ts: string;
  /** How many times it was changed. */
  readonly edits: number;
  /** Its thread, in order. Replies have none. */
  readonly replies: readonly SlackMessageNow[];
}

interface Kept extends SlackMessageNow {
  text: string;
  blocks: SlackContent['blocks'];
  edits: number;
  readonly replies: Kept[];
}

/** What a call ends with: where the message is, or Slack's word for what is wrong. */
export type Outcome = { readonly channel: string; readonly ts: string } | { readonly error: string };

export interface SlackWorkspace {
  /** Posts to a channel by id or name, or into the thread of one of its messages. */
  post(channel: string, thread: string | undefined, content: SlackContent): Outcome;
  /** Changes a message. The channel must be an id. */
  update(channel: string, ts: string, content: SlackContent): Outcome;
  /** The messages of a channel, threads within them. */
  messages(channel: string): readonly SlackMessageNow[];
  /** As people do: the message and its thread are gone. */
  remove(channel: string, ts: string): void;
  archive(channel: string): void;
  /** Takes a channel out of the archive. */
  restore(channel: string): void;
  /** The id of a channel by id or name. */
  idOf(channel: string): string | undefined;
}

export function createWorkspace(channels: readonly SlackChannel[]): SlackWorkspace {
  const kept = new Map<string, Kept[]>(channels.map(({ id }) => [id, []]));
  const archived = new Set<string>();
  let posted = 0;

  const known = (wanted: string) =>
    channels.find(({ id, name }) => id === wanted || name === wanted.replace(/^#/, ''));

  function trouble(channel: SlackChannel | undefined): string | undefined {
    if (!channel) return 'channel_not_found';
    if (archived.has(channel.id)) return 'is_archived';
    return channel.joined === false ? 'not_in_channel' : undefined;
  }

  function nextTs(): string {
    posted += 1;
    return `${1_795_000_000 + Math.floor(posted / 1_000)}.${String(posted).padStart(6, '0')}`;
  }

  function find(channel: string, ts: string): Kept | undefined {
    for (const message of kept.get(channel) ?? []) {
      if (message.ts === ts) return message;
      const reply = message.replies.find((one) => one.ts === ts);
      if (reply) return reply;
    }
    return undefined;
  }

  return {
    post(wanted, thread, { text, blocks }) {
      const channel = known(wanted);
      const error = trouble(channel);
      if (channel === undefined || error !== undefined) return { error: error ?? 'channel_not_found' };
      const message: Kept = { channel: channel.id, ts: nextTs(), text, blocks, edits: 0, replies: [] };
      const parent =
        thread === undefined ? undefined : kept.get(channel.id)?.find((one) => one.ts === thread);
      if (thread !== undefined && parent === undefined) return { error: 'thread_not_found' };
      (parent?.replies ?? kept.get(channel.id) ?? []).push(message);
      return { channel: channel.id, ts: message.ts };
    },
    update(id, ts, { text, blocks }) {
      const channel = channels.find((one) => one.id === id);
      const error = trouble(channel);
      if (error !== undefined) return { error };
      const message = find(id, ts);
      if (!message) return { error: 'message_not_found' };
      message.text = text;
      message.blocks = blocks;
      message.edits += 1;
      return { channel: id, ts };
    },
    messages: (wanted) => kept.get(known(wanted)?.id ?? '') ?? [],
    remove(channel, ts) {
      const all = kept.get(channel) ?? [];
      const at = all.findIndex((message) => message.ts === ts);
      if (at !== -1) all.splice(at, 1);
    },
    archive: (channel) => void archived.add(channel),
    restore: (channel) => void archived.delete(channel),
    idOf: (wanted) => known(wanted)?.id,
  };
}
