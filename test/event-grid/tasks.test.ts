import { describe, expect, it } from 'vitest';
import { parseNotifications } from '../../src/event-grid/notification.ts';
import { notificationTask, taskFromMessage, tasksFromNotifications } from '../../src/event-grid/tasks.ts';
import { encodeTask, taskSchema } from '../../src/queue/task.ts';
import {
  ACCOUNT,
  blobCreatedData,
  CONTAINER,
  cloudEvent,
  eventGridEvent,
  NAME,
  sources,
  URL_OF_BLOB,
} from './samples.ts';

const ref = { account: ACCOUNT, container: CONTAINER, name: NAME };

describe('tasksFromNotifications', () => {
  it('makes one task for a blob, however often it is named', () => {
    const other = eventGridEvent({ data: blobCreatedData(URL_OF_BLOB.replace('h=07', 'h=08')) });
    const { events } = parseNotifications([eventGridEvent(), cloudEvent(), other, eventGridEvent()]);
    const { tasks, ignored } = tasksFromNotifications(events, sources);
    expect(tasks.map((task) => task.blob)).toEqual([ref, { ...ref, name: NAME.replace('h=07', 'h=08') }]);
    expect(new Set(tasks.map((task) => task.id)).size).toBe(2);
    expect(tasks.every((task) => taskSchema.safeParse(task).success && task.origin === 'notification')).toBe(
      true,
    );
    expect(ignored.size).toBe(0);
  });

  it('counts what asks for nothing, by reason', () => {
    const { events } = parseNotifications([
      eventGridEvent({ eventType: 'Microsoft.Storage.BlobDeleted' }),
      eventGridEvent({ eventType: 'Microsoft.Storage.BlobDeleted' }),
      eventGridEvent({ data: blobCreatedData('https://evil.example/x/a.json') }),
      eventGridEvent({ data: {}, subject: 'nothing' }),
    ]);
    const { tasks, ignored } = tasksFromNotifications(events, sources);
    expect(tasks).toEqual([]);
    expect(Object.fromEntries(ignored)).toEqual({ other_event_type: 2, foreign_account: 1, no_blob: 1 });
  });

  it('falls back on the subject when there is no URL', () => {
    const { events } = parseNotifications([
      eventGridEvent({ data: { api: 'PutBlob' } }),
      cloudEvent({ data: undefined }),
    ]);
    expect(tasksFromNotifications(events, sources).tasks).toMatchObject([{ blob: ref }]);
  });
});

describe('taskFromMessage', () => {
  it('reads our own task back as it was', () => {
    const task = notificationTask(ref);
    expect(taskFromMessage(encodeTask(task), sources).tasks).toEqual([task]);
  });

  it.each([
    ['Event Grid schema', eventGridEvent()],
    ['Event Grid schema in an array', [eventGridEvent()]],
    ['CloudEvents', cloudEvent()],
    ['CloudEvents in an array', [cloudEvent()]],
  ])('reads a raw event in %s', (_schema, event) => {
    expect(taskFromMessage(JSON.stringify(event), sources).tasks).toMatchObject([
      { blob: ref, origin: 'notification' },
    ]);
  });

  it('makes the same task of a raw event each time its message comes, and never touches our own', () => {
    const idOf = (body: unknown, messageId?: string) =>
      taskFromMessage(JSON.stringify(body), sources, messageId).tasks.map(({ id }) => id);
    const id = '5974b586-0df3-4e2d-ad0c-18e3892bfca2';
    expect(idOf(eventGridEvent(), id)).toEqual([id]);
    expect(idOf([cloudEvent()], id)).toEqual([id]);
    expect(idOf(eventGridEvent())).not.toEqual(idOf(eventGridEvent()));
    expect(idOf(eventGridEvent(), 'x'.repeat(60))).not.toEqual(['x'.repeat(60)]);
    const task = notificationTask(ref);
    expect(idOf(task, id)).toEqual([task.id]);
  });

  it('ignores raw events that are not about our blobs', () => {
    const event = eventGridEvent({ eventType: 'Microsoft.Storage.BlobDeleted' });
    const { tasks, ignored } = taskFromMessage(JSON.stringify(event), sources);
    expect(tasks).toEqual([]);
    expect(ignored.get('other_event_type')).toBe(1);
  });

  it.each([
    ['another account', { ...ref, account: 'evil' }, 'foreign_account'],
    ['another container', { ...ref, container: 'xdr-relay-state' }, 'other_container'],
    ['a name with dots', { ...ref, name: '../a.json' }, 'bad_name'],
  ])('ignores a task for %s', (_what, blob, reason) => {
    const { tasks, ignored } = taskFromMessage(encodeTask(notificationTask(blob)), sources);
    expect(tasks).toEqual([]);
    expect(ignored.get(reason as 'bad_name')).toBe(1);
  });

  it.each([
    ['no JSON', 'task', 'message_not_json'],
    ['nothing', '', 'message_not_json'],
    ['a number', '7', 'message_malformed'],
    ['an object of another kind', '{"hello":"world"}', 'message_malformed'],
    ['a task without a blob', '{"v":1,"id":"x","origin":"tail"}', 'message_malformed'],
    [
      'a task with more than a task has',
      JSON.stringify({ ...notificationTask(ref), extra: 1 }),
      'message_malformed',
    ],
    ['a version that is no number', '{"v":"1"}', 'message_malformed'],
    ['a newer task', '{"v":2,"anything":true}', 'message_newer'],
  ])('refuses %s', (_what, body, code) => {
    expect(() => taskFromMessage(body, sources)).toThrow(expect.objectContaining({ code }));
  });
});
