/** The page Setup, server side: the doctor's checks by group, run on demand. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SetupGroup, SetupPage } from '../../src/console/model/setup.ts';
import { CHECK_GROUPS } from '../../src/console/setup/groups.ts';
import { CHECKS } from '../../src/relay/doctor/checks.ts';
import { type ConsoleSetting, startConsole } from './setting.ts';

let setting: ConsoleSetting;

beforeAll(async () => {
  setting = await startConsole();
});
afterAll(() => setting?.stop());

describe('the page Setup', () => {
  it('has each check of the doctor in one group', () => {
    const all = CHECK_GROUPS.flatMap(({ checks }) => checks);
    expect([...all].sort()).toEqual(CHECKS.map(({ id }) => id).sort());
    expect(CHECK_GROUPS.map(({ id }) => id)).not.toContain('others');
  });

  it('runs nothing when somebody looks, and one group at a time when an operator asks', async () => {
    const before = await setting.view<SetupPage>('setup');
    expect(before.groups.flatMap(({ checks }) => checks).filter(({ result }) => result)).toEqual([]);
    const state = await setting.act<SetupGroup>('setup/run', { group: 'state' });
    expect(state.checks.map(({ id, result }) => [id, result?.state])).toEqual([
      ['queue', 'ok'],
      ['state', 'ok'],
    ]);
    expect(state.ran).toMatchObject({ by: 'ada', sent: false });
    const after = await setting.view<SetupPage>('setup', {}, 'viewer');
    const ran = after.groups.filter((group) => group.ran);
    expect(ran.map(({ id }) => id)).toEqual(['state']);
  });

  it('finds rules with a mistake, and a destination that cannot be reached, with what to do', async () => {
    await setting.rules({ 'DeviceEvents.yaml': 'table: DeviceEvents\nfilters: 1\n' });
    const { checks } = await setting.act<SetupGroup>('setup/run', { group: 'rules' });
    expect(checks[0]?.result).toMatchObject({ state: 'found' });
    expect(checks[0]?.result?.findings[0]).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('DeviceEvents.yaml:2:'),
      fix: expect.stringContaining('correct it'),
    });
  });

  it('sends a test event to each destination only where that is asked for', async () => {
    await setting.act('setup/run', { group: 'destinations' });
    expect(setting.hook.bodies).toEqual([]);
    const { ran } = await setting.act<SetupGroup>('setup/run', { group: 'destinations', send: true });
    expect(ran?.sent).toBe(true);
    expect(setting.hook.bodies.join()).toContain('XdrRelayDoctor');
  });

  it('leaves out what a destination answered to rows, unless all rows are shown', async () => {
    const { documents, clock } = setting.ports;
    const why = {
      since: clock.now() - 60_000,
      failures: 7,
      openUntil: clock.now() + 60_000,
      code: 'refused',
    };
    const message = 'The receiver answered 400: no account "j.doe"';
    await documents.put('breakers/hook', { ...why, message }, undefined);
    const { checks } = await setting.act<SetupGroup>('setup/run', { group: 'destinations' });
    const service = checks.find(({ id }) => id === 'service')?.result;
    expect(service?.findings).toMatchObject([{ severity: 'error' }]);
    expect(service?.findings[0]?.message).toMatch(/^hook has been out of service for 1m.*answered 400$/);
    expect(JSON.stringify(await setting.view<SetupPage>('setup'))).not.toContain('j.doe');
    await documents.remove('breakers/hook');
  });

  it('names the checks that cannot run on a host, and does not run them', async () => {
    setting.host.checksNotRun = { queue: 'There is none.' };
    const { checks } = await setting.act<SetupGroup>('setup/run', { group: 'state' });
    expect(checks.map(({ id, notRun, result }) => [id, notRun, result?.state])).toEqual([
      ['queue', 'There is none.', undefined],
      ['state', undefined, 'ok'],
    ]);
    delete setting.host.doctor;
    expect((await setting.view<SetupPage>('setup')).trouble).toContain('cannot run');
    await expect(setting.act('setup/run', { group: 'state' })).rejects.toMatchObject({
      code: 'checks_unavailable',
    });
  });

  it.each([{}, { group: 'none' }, { group: 'state', send: 'yes' }, { group: 'state', more: 1 }])(
    'refuses %j',
    async (body) => {
      await expect(setting.act('setup/run', body)).rejects.toThrow();
    },
  );
});
