import { describe, expect, it } from 'vitest';
import { readBody } from '../../routes/body.ts';
import { MOST_EVENTS, MOST_MALFORMED, parseNotifications } from '../../src/event-grid/notification.ts';
import { taskFromMessage } from '../../src/event-grid/tasks.ts';
import { cloudEvent, eventGridEvent, source } from '../event-grid/samples.ts';
import { errorOf, fixture } from './fixture.ts';

/** Events that count how many of them anybody looked into. */
function watched(count: number, event: (n: number) => object) {
  const touched = new Set<number>();
  const items = Array.from(
    { length: count },
    (_, n) =>
      new Proxy(event(n), {
        get(target, key) {
          touched.add(n);
          return Reflect.get(target, key);
        },
        getOwnPropertyDescriptor(target, key) {
          touched.add(n);
          return Reflect.getOwnPropertyDescriptor(target, key);
        },
      }),
  );
  return { items, touched };
}

const malformed = { 'event grid': () => ({ id: 1 }), cloudevents: () => ({ specversion: '1.0', id: 1 }) };

export function registerFloodTests(where: string): void {
  describe(`floods of events, ${where}`, () => {
    it('more events than Event Grid sends are refused before any is looked at', () => {
      const { items, touched } = watched(MOST_EVENTS + 1, () => eventGridEvent());
      expect(() => parseNotifications(items)).toThrow(expect.objectContaining({ code: 'too_many_events' }));
      expect(touched.size).toBe(0);
      expect(parseNotifications(items.slice(1)).events).toHaveLength(MOST_EVENTS);
    });

    it.each(Object.entries(malformed))('reading stops at %s number 100 that is malformed', (_, event) => {
      const { items, touched } = watched(MOST_EVENTS, event);
      const parsed = parseNotifications(items);
      expect(touched.size).toBe(MOST_MALFORMED);
      expect(parsed.malformed).toHaveLength(MOST_MALFORMED);
      expect(parsed.unread).toBe(MOST_EVENTS - MOST_MALFORMED);
    });

    it('a few malformed ones cost the good ones nothing', () => {
      const items = Array.from({ length: MOST_EVENTS }, (_, n) => (n % 51 === 0 ? {} : eventGridEvent()));
      const { events, malformed: bad, unread } = parseNotifications(items);
      expect([events.length, bad.length, unread]).toEqual([4_901, 99, 0]);
    });

    it('the endpoint answers 413 to too many, and queues none of them', async () => {
      const { post, tasks, counts } = fixture();
      const response = await post(`[${'{},'.repeat(400_000)}{}]`);
      expect(response.status).toBe(413);
      expect(await errorOf(response)).toMatchObject({
        code: 'too_many_events',
        message: expect.stringContaining('400001 events'),
      });
      expect(await tasks()).toEqual([]);
      expect(counts()).toEqual({ 'notifications rejected too_many_events': 1 });
    });

    it('the endpoint answers 400 to a flood of malformed ones, and queues the good one before them', async () => {
      const { post, tasks, counts } = fixture();
      const response = await post([eventGridEvent(), ...Array.from({ length: 4_000 }, () => ({ id: 1 }))]);
      expect(response.status).toBe(400);
      expect((await errorOf(response)).message).toContain('3900 events were not looked at');
      expect(await tasks()).toHaveLength(1);
      expect(counts()).toEqual({
        'notifications queued': 1,
        'notifications rejected notification_malformed': 100,
        'notifications rejected behind_malformed': 3_900,
      });
    });

    it('a body of nested lists is refused before they are built; brackets in strings are none', async () => {
      const { post, tasks } = fixture();
      const nested = await post(`${'['.repeat(700_000)}${']'.repeat(700_000)}`);
      expect(nested.status).toBe(400);
      expect(await errorOf(nested)).toMatchObject({ message: 'The body nests deeper than 64 levels.' });
      // Not even whole: it ends at the first bracket that is too deep.
      expect((await errorOf(await post('['.repeat(65)))).code).toBe('notification_malformed');
      const subject = `${'['.repeat(100)}\\"${'{'.repeat(100)}`;
      expect((await post([eventGridEvent({ subject })])).status).toBe(200);
      expect(await tasks()).toHaveLength(1);
    });

    it.each([
      ['{}', 16_000],
      ['1', 24_000],
      ['{"id":1}', 4_000],
      [JSON.stringify(cloudEvent({ id: 1 })), 100],
    ])('a queue message full of %s is malformed at its first event', (piece, count) => {
      const message = `[${Array.from({ length: count }, () => piece).join(',')}]`;
      expect(() => taskFromMessage(message, [source])).toThrow(
        expect.objectContaining({ code: 'message_malformed' }),
      );
    });

    it('a queue message is read no further than its first malformed event', () => {
      const { items, touched } = watched(1_000, malformed['event grid']);
      expect(parseNotifications(items, undefined, 1).malformed).toHaveLength(1);
      expect(touched.size).toBe(1);
    });

    it('a body that comes a byte at a time is given up at the deadline', async () => {
      const stop = new AbortController();
      let cancelled = false;
      const body = new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array([0x20]));
          // Then nothing more, for ever.
          return new Promise(() => {});
        },
        cancel() {
          cancelled = true;
        },
      });
      const request = new Request('http://x/', { method: 'POST', body, duplex: 'half' } as RequestInit);
      const read = readBody(request, 1_000, stop.signal);
      stop.abort(new Error('too slow'));
      await expect(read).rejects.toThrow('too slow');
      expect(cancelled).toBe(true);
    });
  });
}
