/** The recipes of docs/recipes.md: taken out of the page, checked and tested by the command, and run by a relay. */
import { describe, expect, it } from 'vitest';
import { folderWith } from '../cli/rules/support.ts';
import { run } from '../cli/run.ts';
import { type Chapter, chaptersOf, type DocumentedFile } from './documented-files.ts';
import { type RecipeRelay, recipeRelay } from './recipe-relay.ts';

const chapters = chaptersOf('docs/recipes.md');
const common = chapters.find(({ title }) => title === '')?.files ?? [];
const recipes = chapters.filter(({ title, files }) => title !== '' && files.length > 0);

/** The files of a recipe; those that it shares with the others unless it has its own. */
function filesOf({ files }: Chapter): readonly DocumentedFile[] {
  const own = new Set(files.map(({ path }) => path));
  return [...common.filter(({ path }) => !own.has(path)), ...files];
}

function recipe(title: string): readonly DocumentedFile[] {
  const found = recipes.find((one) => one.title === title);
  if (!found) throw new Error(`no recipe "${title}"`);
  return filesOf(found);
}

describe('docs/recipes.md', () => {
  it('has a recipe for each task', () => {
    expect(recipes).toHaveLength(11);
  });

  it.each(recipes)('$title: nothing is wrong in the files, and their tests pass', async (one) => {
    const files = Object.fromEntries(filesOf(one).map(({ path, text }) => [path, text]));
    const cwd = await folderWith({ 'transforms/.keep': '', ...files });
    const checked = await run(['rules', 'check', '--format', 'json'], { cwd });
    // A folder without any rule file is an error for `rules check` alone.
    const hasRules = one.files.some(({ path }) => path.startsWith('transforms/'));
    if (hasRules) expect([checked.code, JSON.parse(checked.stdout)]).toEqual([0, []]);
    const hasTests = one.files.some(({ text }) => text.includes('\ntests:'));
    if (hasTests) expect((await run(['rules', 'test'], { cwd })).code).toBe(0);
    const secrets = {
      SPLUNK_HEC_TOKEN: 't'.repeat(36),
      SOAR_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    };
    const config = await run(['config', '--check'], {
      cwd,
      env: { ...secrets, SLACK_BOT_TOKEN: 'xoxb-1-made-up' },
    });
    expect([config.code, config.stderr]).toEqual([0, '']);
  });
});

const HOUR = 3_600_000;
const DELETES_SHADOWS = {
  FolderPath: 'C:\\Windows\\System32\\vssadmin.exe',
  ProcessCommandLine: 'vssadmin delete shadows /all',
};

/** `count` rows that differ. */
function rows(table: string, count: number, columns: object) {
  return Array.from({ length: count }, (_, n) => ({ table, columns: { ReportId: n, ...columns } }));
}

/** The columns of the rows that Splunk got as Defender wrote them, without alerts. */
function inSplunk({ splunk }: RecipeRelay): readonly Record<string, unknown>[] {
  return splunk.received.flatMap(({ event }) => {
    const { properties } = event as { readonly properties?: Record<string, unknown> };
    return properties ? [properties] : [];
  });
}

/** The titles of the alerts that Splunk got. */
function alertsInSplunk({ splunk }: RecipeRelay): readonly unknown[] {
  return splunk.received.flatMap(({ event }) => {
    const { kind, title } = event as { readonly kind?: string; readonly title?: string };
    return kind === 'alert' ? [title] : [];
  });
}

/** How many messages stand in a channel, without replies. */
function inChannel({ slack }: RecipeRelay, channel = 'C0123456789'): number {
  return slack.workspace.messages(channel).length;
}

describe('what a relay with a recipe sends', () => {
  it('high alert evidence to one channel, and all evidence to Splunk', async () => {
    const relay = await recipeRelay(recipe('Send high alert evidence to one Slack channel'), [
      'C0123456789',
      'C0HIGHEVID1',
    ]);
    const evidence = (Severity: string) => ({
      table: 'AlertEvidence',
      columns: {
        AlertId: `da-${Severity}`,
        Title: 'Ransomware',
        Severity,
        EntityType: 'Machine',
        DeviceName: 'srv-1',
      },
    });
    await relay.send(evidence('High'), evidence('Medium'));
    await relay.pass(5 * 60_000);
    expect([inChannel(relay, 'C0HIGHEVID1'), inChannel(relay)]).toEqual([1, 0]);
    expect(inSplunk(relay)).toHaveLength(2);
  });

  it('no internal traffic, except file sharing', async () => {
    const relay = await recipeRelay(recipe('Leave out internal traffic, except file sharing'));
    const to = (RemoteIP: string, RemotePort: number) => ({
      table: 'DeviceNetworkEvents',
      columns: { RemoteIP, RemotePort },
    });
    await relay.send(
      to('10.4.0.9', 9100),
      to('172.16.0.1', 445),
      to('172.32.0.1', 80),
      to('::ffff:192.168.0.2', 443),
    );
    expect(inSplunk(relay).map(({ RemoteIP }) => RemoteIP)).toEqual(['172.16.0.1', '172.32.0.1']);
  });

  it('user names to Splunk and not to the webhook', async () => {
    const relay = await recipeRelay(recipe('Redact user names for the webhook only'));
    await relay.send({
      table: 'DeviceProcessEvents',
      columns: { FileName: 'a.exe', AccountUpn: 'ada@contoso.com' },
    });
    expect(inSplunk(relay)).toMatchObject([{ AccountUpn: 'ada@contoso.com' }]);
    expect(relay.soar.received).toMatchObject([{ event: { FileName: 'a.exe', AccountUpn: '[redacted]' } }]);
    expect(JSON.stringify(relay.soar.received)).not.toContain('ada@contoso.com');
  });

  it('one row in ten, with the rate', async () => {
    const relay = await recipeRelay(recipe('Send one row in ten'));
    await relay.send(...rows('DeviceFileEvents', 3_000, { FileName: 'a.txt' }), ...rows('DeviceInfo', 5, {}));
    const sent = inSplunk(relay).filter(({ FileName }) => FileName === 'a.txt');
    // Five standard deviations, of rows whose choice never changes.
    expect(Math.abs(sent.length - 300)).toBeLessThan(5 * Math.sqrt(3_000 * 0.1 * 0.9));
    expect(new Set(sent.map((one) => one.xdr_relay_sample_rate))).toEqual(new Set([0.1]));
    expect(inSplunk(relay)).toHaveLength(sent.length + 5);
  });

  it('marks for important people', async () => {
    const relay = await recipeRelay(recipe('Mark important people from a CSV file'));
    const logon = (AccountUpn: string) => ({ table: 'IdentityLogonEvents', columns: { AccountUpn } });
    await relay.send(logon('GRACE@contoso.com'), logon('bob@contoso.com'));
    const [grace, bob] = inSplunk(relay);
    expect(grace).toMatchObject({ vip: true, vip_owner: 'board' });
    expect(bob).not.toHaveProperty('vip');
  });

  it('alerts on indicators', async () => {
    const relay = await recipeRelay(recipe('Alert on indicators from a CSV file'));
    const to = (RemoteIP: string) => ({
      table: 'DeviceNetworkEvents',
      columns: { DeviceName: 'ws-1', RemoteIP },
    });
    await relay.send(to('203.0.113.200'), to('203.0.114.1'));
    expect(alertsInSplunk(relay)).toEqual(['Connection to a Command-and-Control Server']);
    expect(inChannel(relay)).toBe(1);
  });

  it('rows to the index of their machine group', async () => {
    const relay = await recipeRelay(recipe('Choose the index by machine group'));
    const of = (MachineGroup: string) => ({ table: 'DeviceLogonEvents', columns: { MachineGroup } });
    await relay.send(of('Tier 0'), of('Clients'), of('main'), {
      table: 'EmailEvents',
      columns: { Subject: 'x' },
    });
    expect(relay.splunk.received.map(({ index }) => index).toSorted()).toEqual([
      'defender_clients',
      'defender_other',
      'defender_other',
      'defender_tier_0',
    ]);
  });

  it('one alert an hour and host', async () => {
    const relay = await recipeRelay(recipe('One alert an hour and host'));
    const on = (DeviceName: string, count: number) =>
      rows('DeviceProcessEvents', count, { DeviceName, ...DELETES_SHADOWS });
    await relay.send(...on('srv-1', 20), ...on('srv-2', 1));
    await relay.pass(30 * 60_000);
    await relay.send(...on('srv-1', 20));
    expect(inChannel(relay)).toBe(2);
    await relay.pass(HOUR);
    await relay.send(...on('srv-1', 20));
    expect(inChannel(relay)).toBe(3);
    expect(alertsInSplunk(relay)).toHaveLength(61);
  });

  it('a higher level for important people', async () => {
    const relay = await recipeRelay(recipe('Raise the level for important people'));
    const logon = (AccountUpn: string, Location: string) => ({
      table: 'IdentityLogonEvents',
      columns: { ActionType: 'LogonSuccess', AccountUpn, Location },
    });
    await relay.send(
      logon('ada@contoso.com', 'BR'),
      logon('bob@contoso.com', 'BR'),
      logon('ada@contoso.com', 'AT'),
    );
    const alerts = relay.splunk.received.flatMap(({ event }) => {
      const { kind, severity } = event as { readonly kind?: string; readonly severity?: string };
      return kind === 'alert' ? [severity] : [];
    });
    expect(alerts).toEqual(['critical', 'medium']);
  });

  it('events as ECS', async () => {
    const relay = await recipeRelay(recipe('Send events as ECS'));
    await relay.send({
      table: 'DeviceProcessEvents',
      columns: { ActionType: 'ProcessCreated', DeviceName: 'ws-1', FileName: 'cmd.exe', ProcessId: 4711 },
    });
    expect(relay.soar.received).toMatchObject([
      {
        ecs: { version: expect.any(String) },
        host: { name: 'ws-1' },
        process: { name: 'cmd.exe', pid: 4711 },
      },
    ]);
  });

  it('nothing of what is allowed, until the date', async () => {
    const relay = await recipeRelay(recipe('Allow something until a date'));
    const agent = {
      DeviceName: 'backup-01',
      InitiatingProcessFileName: 'backup-agent.exe',
      ...DELETES_SHADOWS,
    };
    await relay.send(...rows('DeviceProcessEvents', 2, agent));
    expect([inSplunk(relay).length, alertsInSplunk(relay), inChannel(relay)]).toEqual([2, [], 0]);
    relay.jumpTo(Date.UTC(2027, 2, 1));
    await relay.send(...rows('DeviceProcessEvents', 1, { ...agent, n: 1 }));
    expect([alertsInSplunk(relay), inChannel(relay)]).toEqual([['Shadow Copies Deleted'], 1]);
  });
});
