import { describe, expect, it } from 'vitest';
import { messageContent } from '../../lab/receivers/message-content.ts';

const ID = '0123456789abcdef0123456789abcdef';

describe('what a message to people stands for', () => {
  const OTHER = 'f'.repeat(32);

  it('is said by the blocks of Slack and the elements of Teams', () => {
    const slack = {
      text: '🔴 CRITICAL 2 alerts',
      blocks: [
        { type: 'header', block_id: `g:${ID}=3`, text: { type: 'plain_text', text: 'A &amp; B &lt;c&gt;' } },
        { type: 'section', block_id: `g:${OTHER}=1,${ID}=2`, text: { text: 'more' } },
      ],
    };
    const content = messageContent(slack);
    expect(content).toMatchObject({
      groups: [
        { id: ID, count: 3 },
        { id: OTHER, count: 1 },
      ],
      operational: false,
    });
    expect(content.text).toContain('A & B <c>');
    expect(content.text).not.toContain(ID);
    const card = { body: [{ type: 'RichTextBlock', id: `g:${ID}=7`, inlines: [] }] };
    expect(messageContent(card).groups).toEqual([{ id: ID, count: 7 }]);
  });

  it('is the incident of PagerDuty with its count, of which the end says nothing', () => {
    const incident = { event_action: 'trigger', dedup_key: ID, payload: { custom_details: { count: 4 } } };
    expect(messageContent(incident).groups).toEqual([{ id: ID, count: 4 }]);
    expect(messageContent({ event_action: 'resolve', dedup_key: ID }).groups).toEqual([]);
  });

  it('is one alert where it names an event and no group', () => {
    expect(messageContent({ text: `event \`${OTHER}\`` }).groups).toEqual([{ id: OTHER, count: 1 }]);
  });

  it('is nothing where it names neither, and no alert where it is about the relay', () => {
    expect(messageContent({ text: 'hello', blocks: [{ block_id: 'g:nonsense' }] }).groups).toEqual([]);
    expect(messageContent({ text: 'x', blocks: [{ block_id: 'o:1' }] }).operational).toBe(true);
  });

  it('is not what a row may have written into its texts', () => {
    expect(messageContent({ text: `g:${ID}=9` }).groups).toEqual([]);
  });
});
