/**
 * Rendered messages as files that people can look at, in golden/slack: Block Kit JSON, which Slack's Block Kit Builder shows, and its text.
 * `npx vitest run -u test/destinations/slack-golden.test.ts` writes them anew.
 */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { messageView } from '../../src/destinations/alert-view/message.ts';
import { operationalView } from '../../src/destinations/alert-view/operational.ts';
import { severalView } from '../../src/destinations/alert-view/several.ts';
import type { SlackMessage } from '../../src/destinations/slack/blocks.ts';
import { groupMessage, threadMessage, troubleMessage } from '../../src/destinations/slack/encode.ts';
import { readableSlack } from '../../src/destinations/slack/readable.ts';
import { severalMessage } from '../../src/destinations/slack/several.ts';
import { SAMPLE_LINKS, SAMPLES } from './message-samples.ts';

function rendered({ how, messages }: (typeof SAMPLES)[string]): SlackMessage {
  const [message] = messages;
  if (how === 'digest') return severalMessage(severalView(messages, SAMPLE_LINKS));
  if (message?.kind === 'operational') return troubleMessage(operationalView(message));
  if (message === undefined) throw new Error('a sample has a message');
  const view = messageView(message, SAMPLE_LINKS);
  return how === 'thread' ? threadMessage(view, 12) : groupMessage(view);
}

/** The query of a link into Advanced Hunting, as people read it. */
function withQueries(text: string): string {
  return text.replace(/\?query=([\w-]+)[^>\s]*/g, (_, query: string) => {
    const kql = gunzipSync(Buffer.from(query, 'base64url')).toString('utf16le');
    return `?query=\n    ${kql.replaceAll('\n', '\n    ')}\n`;
  });
}

describe('rendered messages', () => {
  it.each(Object.keys(SAMPLES))('%s is as its golden file', async (name) => {
    const sample = SAMPLES[name];
    if (sample === undefined) throw new Error(name);
    const message = rendered(sample);
    await expect(`${JSON.stringify(message, undefined, 2)}\n`).toMatchFileSnapshot(
      `golden/slack/${name}.json`,
    );
    await expect(withQueries(readableSlack(message) ?? '')).toMatchFileSnapshot(`golden/slack/${name}.txt`);
  });
});
