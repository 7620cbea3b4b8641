/** Links of Slack's messages where they are long: that one does not fit keeps no other out of the message. */
import { expect, it } from 'vitest';
import { messageView } from '../../src/destinations/alert-view/message.ts';
import { severalView } from '../../src/destinations/alert-view/several.ts';
import { groupMessage } from '../../src/destinations/slack/encode.ts';
import { severalMessage } from '../../src/destinations/slack/several.ts';
import { group } from './messages.ts';

/** Names that do not compress, as an attacker would give them. */
const names = Array.from({ length: 20 }, (_, n) =>
  Array.from({ length: 90 }, (_, at) =>
    String.fromCodePoint(0x4e00 + ((n * 7919 + at * 104_729) % 20_000)),
  ).join(''),
);
const SEARCHES = { Splunk: `https://splunk.example/search?rule={rule_id}&${'q'.repeat(1_400)}` };

const long = (() => {
  const one = group(1);
  return {
    ...one,
    envelope: {
      ...one.envelope,
      title: 'T'.repeat(200),
      rule: { id: 'r-1', title: 'T'.repeat(200) },
      event: {
        ...one.envelope.event,
        IncidentId: '123456',
        AlertId: `a${'b'.repeat(127)}`,
        NetworkMessageId: `n${'b'.repeat(127)}`,
        RecipientEmailAddress: `${'x'.repeat(200)}@example.com`,
        AccountObjectId: '0a1b2c3d-0000-4000-8000-0123456789ab',
        SHA256: 'ab'.repeat(32),
      },
    },
    count: 20,
    tables: ['DeviceProcessEvents'],
    groupedBy: [],
    common: [
      { column: 'FileName', values: names.slice(0, 6) },
      { column: 'ActionType', values: ['ProcessCreated'] },
    ],
    entities: [
      {
        kind: 'host' as const,
        first: names.slice(0, 5).map((name) => ({ kind: 'host' as const, name })),
        more: 15,
      },
    ],
  };
})();

it('a message on a group has its pages, its queries and its searches, each as far as it fits', () => {
  const text = JSON.stringify(groupMessage(messageView(long, SEARCHES)).blocks);
  for (const part of ['*Open*', '*Hunt*', '*Search*']) expect(text).toContain(part);
  expect(text).toContain('the whole group');
});

it('a title of a digest has links, however long its hosts and its links are', () => {
  const message = severalMessage(severalView([long, { ...long, groupId: 'b'.repeat(32) }], SEARCHES));
  const text = JSON.stringify(message.blocks);
  expect(text).toContain('<https://security.microsoft.com/');
  for (const block of message.blocks) {
    if (block.type === 'section' && 'text' in block)
      expect(block.text.text.length).toBeLessThanOrEqual(3_000);
  }
});
