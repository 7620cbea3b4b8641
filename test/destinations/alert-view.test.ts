import { describe, expect, it } from 'vitest';
import type { AlertMessage, EntityKind } from '../../src/alerts/message.ts';
import { messageView } from '../../src/destinations/alert-view/message.ts';
import { operationalView } from '../../src/destinations/alert-view/operational.ts';
import { shownParts } from '../../src/destinations/alert-view/shown.ts';
import { eventText } from '../../src/destinations/pagerduty/encode.ts';
import { groupMessage, threadMessage } from '../../src/destinations/slack/encode.ts';
import { messageCard } from '../../src/destinations/teams/encode.ts';
import { group, operational } from './messages.ts';
import { alert } from './samples.ts';

/** A group whose alerts name these, under this title. */
function message(
  entities: Readonly<Partial<Record<EntityKind, readonly string[]>>>,
  { title, ...over }: Partial<AlertMessage> & { readonly title?: string } = {},
): AlertMessage {
  const envelope = alert(1, { ...(title !== undefined && { title }), ...over.envelope });
  return {
    ...group(1),
    ...over,
    envelope,
    // Object.entries forgets that the keys are kinds.
    entities: Object.entries(entities).map(([kind, names]) => ({
      kind: kind as EntityKind,
      first: names.map((name) => ({ kind: kind as EntityKind, name })),
      more: 0,
    })),
  };
}

describe('the line for notifications', () => {
  it.each([
    ['Logon', ['pc-2'], '🟠 HIGH Logon on pc-2'],
    ['Logon', ['pc-2', 'pc-3'], '🟠 HIGH Logon on pc-2 and 1 more host'],
    ['pc-2: logon', ['pc-2'], '🟠 HIGH pc-2: logon'],
    ['Logon on PC-2.', ['pc-2'], '🟠 HIGH Logon on PC-2.'],
    [
      'pc-2.contoso.example: logon',
      ['pc-2.contoso.example', 'pc-3'],
      '🟠 HIGH pc-2.contoso.example: logon and 1 more host',
    ],
    // Another host that begins or ends alike.
    ['pc-27: logon', ['pc-2'], '🟠 HIGH pc-27: logon on pc-2'],
    ['pc-2.contoso.example: logon', ['pc-2'], '🟠 HIGH pc-2.contoso.example: logon on pc-2'],
    ['old-pc-2: logon', ['pc-2'], '🟠 HIGH old-pc-2: logon on pc-2'],
  ])('of %s on %j is %s', (title, hosts, summary) => {
    expect(messageView(message({ host: hosts }, { title })).summary).toBe(summary);
  });

  it('names the user where no host is named', () => {
    const summary = (title: string, host: readonly string[], user: readonly string[]) =>
      messageView(message({ host, user }, { envelope: alert(1, { title, event: {} }) })).summary;
    expect(summary('Logon', [], ['ann'])).toBe('🟠 HIGH Logon for ann');
    expect(summary('Logon', [], ['ann', 'bob', 'cid'])).toBe('🟠 HIGH Logon for ann and 2 more');
    expect(summary('ann: logon', [], ['ann'])).toBe('🟠 HIGH ann: logon');
    expect(summary('Logon', ['pc-2'], ['ann'])).toBe('🟠 HIGH Logon on pc-2');
  });

  it('says how often', () => {
    const view = messageView(message({ host: ['pc-2'] }, { title: 'pc-2: logon', count: 12 }));
    expect(view.summary).toBe('🟠 HIGH pc-2: logon (×12)');
  });
});

describe('what was added to a group', () => {
  it('stands beside what the group names, in words that say that it is new', () => {
    const added = [
      { kind: 'user' as const, first: [{ kind: 'user' as const, name: 'bob' }], more: 2 },
      { kind: 'url' as const, first: [], more: 1 },
    ];
    const update = {
      ...message({ user: ['ann', 'bob'], url: [] }),
      phase: 'update' as const,
      count: 9,
      added,
    };
    const view = messageView(update);
    expect(view.added).toMatchObject([
      { label: 'New users', names: ['bob'], more: 2 },
      { label: 'New URL', names: [], more: 1 },
    ]);
    expect(JSON.stringify(threadMessage(view, 4))).toContain('*New users*  `bob` and 2 more\\n*New URL*  1');
    expect(JSON.stringify(groupMessage(view))).toContain('*New users*  `bob` and 2 more');
    expect(messageCard(update)).toContain('New users');
    expect(JSON.parse(eventText(update))).toMatchObject({
      payload: { custom_details: { new_user: ['bob', 'and 2 more'], new_url: ['1'] } },
    });
  });
});

describe('a trouble of the relay', () => {
  const facts = (value: string, last = true) => {
    const runbook = { label: 'Runbook', value };
    const other = { label: 'splunk', value: 'timeout' };
    return operationalView({ ...operational('first'), facts: last ? [other, runbook] : [runbook, other] });
  };

  it('has a link to its runbook where relay.yaml says at which address it is', () => {
    const url = 'https://wiki.example/docs/operations.md#dead-letters';
    expect(facts(url)).toMatchObject({ pages: [{ label: 'Runbook', url }], facts: [{ label: 'splunk' }] });
    expect(facts('docs/operations.md#dead-letters')).toMatchObject({ pages: [], facts: [{}, {}] });
  });

  it('makes no link of what a destination of that name answers', () => {
    expect(facts('https://evil.example/', false).pages).toEqual([]);
    expect(facts('javascript:alert(1)').pages).toEqual([]);
  });
});

describe('what a message shows', () => {
  const labels = (of: AlertMessage) => {
    const { entities, facts } = shownParts(messageView(of));
    return [...entities, ...facts].map(({ label }) => label);
  };
  const process = {
    host: ['pc-1'],
    user: ['u'],
    process: ['certutil.exe', 'cmd.exe'],
    file: ['C:\\certutil.exe'],
  };
  const event = { FileName: 'certutil.exe', InitiatingProcessFileName: 'cmd.exe' };

  it('names what ran once, from the row of one alert, and from the entities of many', () => {
    const envelope = { ...alert(1), event };
    expect(labels(message(process, { envelope }))).toEqual(['Host', 'User', 'Process', 'Started by']);
    expect(labels(message(process, { envelope, count: 3 }))).toEqual(['Host', 'User', 'Processes', 'File']);
  });

  it('does not call a file that was written a process', () => {
    const envelope = { ...alert(1), table: 'DeviceFileEvents', event: { ...event, FileName: 'a.docx' } };
    const of = message({ host: ['pc-1'], process: ['cmd.exe'], file: ['C:\\Users\\a.docx'] }, { envelope });
    const { facts } = shownParts(messageView(of));
    expect(facts.map(({ label, value }) => `${label} ${value}`)).toEqual([
      'File C:\\Users\\a.docx',
      'Started by cmd.exe',
    ]);
  });

  it('adds what only the entities say', () => {
    const of = message(
      { host: ['pc-1'], mail: ['Invoice'], cloud_app: ['SharePoint'] },
      { envelope: { ...alert(1), event: {} } },
    );
    expect(labels(of)).toEqual(['Host', 'Mail', 'Cloud app']);
  });
});
