import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTask, type Task, taskSchema } from '../../src/queue/task.ts';

const blob = { account: 'contoso', container: 'c', name: 'a.json' };

describe('a task as JSON', () => {
  it.each<[string, Pick<Task, 'cursor'>]>([
    ['{"v":1,"id":"a","blob":{"account":"contoso","container":"c","name":"a.json"},"origin":"tail"}', {}],
    [
      '{"v":1,"id":"a","blob":{"account":"contoso","container":"c","name":"a.json"},"origin":"tail","destination":"splunk"}',
      { cursor: { destination: 'splunk', replay: false } },
    ],
    [
      '{"v":1,"id":"a","blob":{"account":"contoso","container":"c","name":"a.json"},"origin":"tail","destination":"splunk~replay"}',
      { cursor: { destination: 'splunk', replay: true } },
    ],
  ])('is read and written as today’s version does it: %s', (json, more) => {
    const task: Task = { v: 1, id: 'a', blob, origin: 'tail', ...more };
    expect(taskSchema.parse(JSON.parse(json))).toStrictEqual(task);
    expect(JSON.parse(encodeTask(task))).toEqual(JSON.parse(json));
  });

  it('comes back as it was', () => {
    const cursor = fc.record({
      destination: fc.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)*$/, { maxLength: 60 }),
      replay: fc.boolean(),
    });
    fc.assert(
      fc.property(cursor, (one) => {
        const task: Task = { v: 1, id: 'a', blob, origin: 'behind', cursor: one };
        expect(taskSchema.parse(JSON.parse(encodeTask(task)))).toEqual(task);
      }),
      { numRuns: 300 },
    );
  });
});
