import { EventGridDeserializer } from '@azure/eventgrid';
import { describe, expect, it } from 'vitest';
import { parseBinaryCloudEvent, parseNotifications } from '../../src/event-grid/notification.ts';
import { cloudEvent, eventGridEvent, TOPIC, URL_OF_BLOB, validationEvent } from './samples.ts';

const common = { type: 'Microsoft.Storage.BlobCreated', source: TOPIC, data: { url: URL_OF_BLOB } };

describe('parseNotifications', () => {
  it('reads an array in Event Grid schema', () => {
    const { events, malformed } = parseNotifications([eventGridEvent(), eventGridEvent({ id: '2' })]);
    expect(malformed).toEqual([]);
    expect(events).toMatchObject([
      { ...common, schema: 'event_grid' },
      { ...common, id: '2' },
    ]);
  });

  it('reads one CloudEvent, and an array of them', () => {
    expect(parseNotifications(cloudEvent()).events).toMatchObject([{ ...common, schema: 'cloud_events' }]);
    expect(parseNotifications([cloudEvent(), cloudEvent()]).events).toHaveLength(2);
  });

  it("reads what Microsoft's own deserializer reads, with the same meaning", async () => {
    const sdk = new EventGridDeserializer();
    const [theirs] = await sdk.deserializeEventGridEvents(eventGridEvent());
    const [ours] = parseNotifications(eventGridEvent()).events;
    expect(ours).toMatchObject({
      id: theirs?.id,
      type: theirs?.eventType,
      subject: theirs?.subject,
      source: theirs?.topic,
    });
    const [cloud] = await sdk.deserializeCloudEvents(cloudEvent());
    const [mine] = parseNotifications(cloudEvent()).events;
    expect(mine).toMatchObject({
      id: cloud?.id,
      type: cloud?.type,
      subject: cloud?.subject,
      source: cloud?.source,
    });
  });

  it('takes an empty array', () => {
    expect(parseNotifications([])).toEqual({ events: [], malformed: [], unread: 0 });
  });

  it('keeps the good events of a batch with a bad one, and says what is bad', () => {
    const { events, malformed } = parseNotifications([
      eventGridEvent(),
      { id: 1 },
      null,
      'text',
      cloudEvent(),
    ]);
    expect(events).toHaveLength(2);
    expect(malformed.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(malformed[0]?.message).toMatch(/^id: /);
  });

  it('refuses another version of CloudEvents', () => {
    expect(parseNotifications(cloudEvent({ specversion: '0.3' })).malformed).toMatchObject([{ index: 0 }]);
  });

  it.each([
    ['a URL that is a number', { data: { url: 7 } }],
    ['data that is a string', { data: 'x' }],
    ['no type', { eventType: undefined }],
    ['an empty type', { eventType: '' }],
  ])('calls %s malformed', (_name, over) => {
    expect(parseNotifications(eventGridEvent(over)).malformed).toHaveLength(1);
  });

  it('does not look into the data of types it does not act on', () => {
    const events = parseNotifications(
      eventGridEvent({ eventType: 'Microsoft.Resources.X', data: 'any' }),
    ).events;
    expect(events).toMatchObject([{ type: 'Microsoft.Resources.X', data: {} }]);
  });

  it.each([[1], ['text'], [true], [null]])('refuses %j as a whole', (value) => {
    expect(() => parseNotifications(value)).toThrow(
      expect.objectContaining({ code: 'notification_malformed' }),
    );
  });

  it('refuses the other schema where only one is expected', () => {
    expect(parseNotifications(eventGridEvent(), 'cloud_events').malformed).toHaveLength(1);
    expect(parseNotifications(cloudEvent(), 'event_grid').malformed).toHaveLength(1);
  });

  it('reads the validation code and nothing more of a handshake', () => {
    expect(parseNotifications([validationEvent('abc')]).events[0]?.data).toEqual({ validationCode: 'abc' });
  });

  it('is not confused by keys of the prototype', () => {
    const value = JSON.parse(
      '{"__proto__":{"specversion":"1.0"},"id":"1","eventType":"x","subject":"","data":{}}',
    );
    expect(parseNotifications(value).events).toMatchObject([{ schema: 'event_grid' }]);
  });
});

describe('parseBinaryCloudEvent', () => {
  it('reads attributes from headers', () => {
    const headers: Record<string, string> = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': TOPIC,
      'ce-type': 'Microsoft.Storage.BlobCreated',
      'ce-subject': 'a%20b',
    };
    const { events } = parseBinaryCloudEvent((name) => headers[name], { url: URL_OF_BLOB });
    expect(events).toMatchObject([{ ...common, schema: 'cloud_events', subject: 'a b' }]);
  });

  it('calls a missing attribute malformed', () => {
    expect(parseBinaryCloudEvent(() => undefined, {}).malformed).toHaveLength(1);
  });
});
