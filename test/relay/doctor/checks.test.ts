import { describe, expect, it } from 'vitest';
import { NO_INDEX } from '../../../src/relay/alerts/index-document.ts';
import { indexDocument } from '../../../src/relay/alerts/names.ts';
import type { Check, DoctorContext, Finding } from '../../../src/relay/doctor/check.ts';
import { clockOffset } from '../../../src/relay/doctor/checks/clock.ts';
import { eventGrid } from '../../../src/relay/doctor/checks/event-grid.ts';
import { messages } from '../../../src/relay/doctor/checks/messages.ts';
import { state } from '../../../src/relay/doctor/checks/state.ts';
import { tables } from '../../../src/relay/doctor/checks/tables.ts';
import { versions } from '../../../src/relay/doctor/checks/versions.ts';
import { runChecks } from '../../../src/relay/doctor/run.ts';
import { lastNotifications } from '../../../src/relay/source/notifications.ts';
import { CONTAINER, HOUR, MINUTE, relay, row } from '../harness.ts';

const never = new AbortController().signal;
const DAY = 24 * 60 * MINUTE;

function setting() {
  const r = relay(['splunk']);
  const account = { containerPrefix: 'insights-logs-advancedhunting-' };
  const made = {
    ...r,
    machine: r.clock,
    sharedClaims: r.checkpoints,
    reports: r.documents,
    stateVersion: { mayRead: async () => {} },
    sources: [{ ...r, name: undefined, account, arm: undefined, byIdentity: true }],
    config: { sweep: { silent_after: DAY } },
    versions: { relay: '0.1.0', node: '24.1.0', leastNode: '22.19' },
  };
  const run = (check: Check, over: object = {}): Promise<readonly Finding[]> =>
    check.run({ ...made, ...over } as unknown as DoctorContext, never);
  return { r, made, run };
}

describe('the check of tables', () => {
  it('finds those that are enabled but silent, and those that are no longer written', async () => {
    const { r, run } = setting();
    r.append(row(0));
    r.blobs.createContainer('insights-logs-advancedhunting-emailevents');
    const record = { lastWrite: HOUR, longestGapMs: 0, gapOn: HOUR };
    const gone = { 'insights-logs-advancedhunting-alertinfo': record };
    await r.documents.put('sweeps', { v: 1, began: {}, tables: gone }, undefined);
    const messages = async () =>
      (await run(tables)).map(({ severity, message }) => `${severity}: ${message}`);
    expect(await messages()).toEqual([
      'warning: emailevents is enabled but silent: its container is empty',
      'warning: alertinfo is no longer written: its container is gone',
      expect.stringMatching(/^note: there is no container for AlertEvidence, AlertInfo, CloudAppEvents, /),
    ]);
    r.clock.advance(DAY + 60 * MINUTE);
    expect(await messages()).toContain(
      'warning: deviceevents is enabled but silent: nothing was written for 1d 1h',
    );
    // It has paused for as long before.
    const known = { [CONTAINER]: { ...record, longestGapMs: DAY } };
    const stored = await r.documents.get('sweeps');
    await r.documents.put('sweeps', { v: 1, began: {}, tables: known }, stored?.etag);
    expect((await messages()).join()).not.toContain('deviceevents is');
  });
});

describe('the check of messages to people', () => {
  it('finds what is long due, and what waits for a destination that is gone', async () => {
    const { r, run } = setting();
    const config = { destinations: { chat: {} } };
    const put = async (name: string, next: number, over: object = {}) => {
      const entry = { seq: 1, due: next, at: next, severity: 3, pending: 3, groups: 2, messages: 1 };
      const stored = await r.documents.get(indexDocument(name));
      const index = { v: 1, nextAt: NO_INDEX.nextAt, shards: { 'rules/a': entry }, ...over };
      await r.documents.put(indexDocument(name), index, stored?.etag);
    };
    const found = async () =>
      (await run(messages, { config })).map(
        ({ severity, message, fix }) => `${severity}: ${message} -> ${fix}`,
      );
    const now = r.clock.now();
    await put('chat', now - 2 * MINUTE);
    expect(await found()).toEqual([]);
    await put('chat', now - 10 * MINUTE);
    expect(await found()).toEqual([
      expect.stringMatching(
        /^error: chat has not been told of 3 alerts, which are overdue by 10m -> start a consumer/,
      ),
    ]);
    // It takes no messages: the check of the service says so.
    const pause = {
      ms: MINUTE,
      failures: 2,
      since: now - HOUR,
      until: now + MINUTE,
      code: 'timeout',
      message: 'no answer',
    };
    await put('chat', now - 10 * MINUTE, { pause });
    expect(await found()).toEqual([]);
    await put('old-chat', now + MINUTE);
    expect(await found()).toEqual([
      expect.stringMatching(/^warning: 3 alerts waiting for old-chat, which relay.yaml does not have/),
    ]);
  });
});

describe('the check of notifications', () => {
  it('knows when the last one came, and by which way, from what consumers have stored', async () => {
    const { r, run } = setting();
    expect(await run(eventGrid)).toMatchObject([{ severity: 'note' }]);
    r.append(row(0));
    expect(await run(eventGrid)).toMatchObject([
      { severity: 'warning', message: 'no consumer has ever seen a notification of Event Grid' },
    ]);
    await r.notify();
    await r.work();
    expect(await lastNotifications(r.documents)).toEqual({ endpoint: r.clock.now() });
    expect(await run(eventGrid)).toMatchObject([
      { severity: 'note', message: expect.stringMatching(/came by the endpoint \S+ ago/) },
    ]);
    r.clock.advance(5 * 60 * MINUTE);
    expect(await run(eventGrid)).toMatchObject([{ severity: 'note' }]);
    r.append(row(1), `tenantId=t/y=2026/m=11/d=23/h=12/m=00/PT1H.json`);
    expect(await run(eventGrid)).toMatchObject([
      { severity: 'warning', fix: expect.stringContaining('docs/event-grid.md') },
    ]);
  });
});

describe('the check of the state', () => {
  it('finds nothing in a store that keeps to ETags and leases, and leaves nothing there', async () => {
    const { r, run } = setting();
    expect(await run(state)).toEqual([]);
    for await (const name of r.documents.list('doctor')) expect.unreachable(name);
  });

  it('finds a store that ignores ETags, or gives a lease twice', async () => {
    const { r, run } = setting();
    const put = async () => 'etag';
    expect(await run(state, { documents: { ...r.documents, put, remove: async () => {} } })).toMatchObject([
      {
        severity: 'error',
        message: expect.stringContaining('accepts a write under an ETag that is out of date'),
      },
    ]);
    const claim = async () => ({ durationMs: 1, renew: async () => {}, release: async () => {} });
    const sharedClaims = { ...r.checkpoints, claim, remove: async () => {} };
    expect(await run(state, { sharedClaims })).toMatchObject([
      { severity: 'error', message: expect.stringContaining('gives one lease twice') },
    ]);
  });
});

describe('the checks of clock and versions', () => {
  it.each([
    [0, []],
    [4_000, []],
    [60_000, [{ severity: 'warning', message: expect.stringContaining('1m behind') }]],
    [-600_000, [{ severity: 'error', message: expect.stringContaining('10m ahead') }]],
  ])('judge a clock that is off by %i ms', async (offset, expected) => {
    const { r, run } = setting();
    const clock = { ...r.clock, now: () => r.clock.now() + offset };
    expect(await run(clockOffset, { clock })).toMatchObject(expected);
  });

  it.each([
    ['22.18.9', 1],
    ['22.19.0', 0],
    ['24.0.0', 0],
  ])('judge Node %s', async (node, errors) => {
    const { made, run } = setting();
    const found = await run(versions, { versions: { ...made.versions, node } });
    expect(found.filter(({ severity }) => severity === 'error')).toHaveLength(errors);
  });
});

describe('the checks together', () => {
  it('run at the same time, each for a bounded time, and what one throws is its finding', async () => {
    const { r, made } = setting();
    const check = (id: string, run: Check['run']): Check => ({ id, title: id, run });
    const done: string[] = [];
    const running = runChecks(
      [
        check('hangs', () => new Promise(() => {})),
        check('throws', async () => {
          throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
        }),
        check('fine', async () => [{ severity: 'note', message: 'x' }]),
        check('blind', async () => [{ severity: 'note', message: 'it was not asked', unknown: true }]),
      ],
      made as unknown as DoctorContext,
      { timeoutMs: 30_000, signal: never, onDone: ({ id }) => done.push(id) },
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual(['throws', 'fine', 'blind']);
    r.clock.advance(30_001);
    const report = await running;
    expect(report).toMatchObject({ isHealthy: false, errors: 2, warnings: 0 });
    expect(report.checks.map(({ state: each, findings }) => [each, findings[0]?.message])).toEqual([
      ['found', expect.stringContaining('no answer within 30 s')],
      ['found', 'connect ECONNREFUSED 127.0.0.1:1: nothing listens at this address'],
      ['ok', 'x'],
      ['unknown', 'it was not asked'],
    ]);
  });
});
