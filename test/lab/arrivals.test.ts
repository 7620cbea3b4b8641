import { describe, expect, it } from 'vitest';
import { arrivedInEnvelope, arrivedInHec, eventIdIn } from '../../lab/receivers/arrivals.ts';

const ID = '0123456789abcdef0123456789abcdef';

describe('which row has arrived', () => {
  it('is in the fields of a HEC event, and in the envelope of a webhook’s', () => {
    const row = { blob: 'c/n', offset: 7, id: ID };
    expect(arrivedInHec({ fields: { blob: 'c/n', offset: 7, event_id: ID } })).toEqual(row);
    expect(arrivedInHec({ fields: { blob: 'c/n', offset: 7, event_id: ID, rule_title: 'A' } })).toEqual({
      ...row,
      rule: 'A',
    });
    expect(arrivedInEnvelope({ id: ID, source: { blob: 'c/n', offset: 7 } })).toEqual(row);
    const alert = { id: 'of the alert', event_id: ID, source: { blob: 'c/n', offset: 7 } };
    expect(arrivedInEnvelope({ ...alert, rule: { title: 'A' } })).toEqual({
      ...row,
      rule: 'A',
    });
  });

  it('is no row where nothing, or something else, is said', () => {
    const none = { blob: '', offset: -1, id: '' };
    for (const event of [undefined, 'text', [], {}, { fields: 1, source: 1 }]) {
      expect([arrivedInHec(event), arrivedInEnvelope(event)]).toEqual([none, none]);
    }
  });

  it('is the event id in a message', () => {
    expect(eventIdIn(`event \`${ID}\``)).toBe(ID);
    expect(eventIdIn('event `0123`')).toBe('');
  });
});
