/** A storage account, a channel of Slack and a webhook for machines, for tests of many alerts at once. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import type { Azurite } from '../../lab/azurite.ts';
import { httpNotifier, notificationRequest } from '../../lab/notifications.ts';
import { Complaints } from '../../lab/oracle/complaints.ts';
import { createLedger, type Ledger } from '../../lab/oracle/ledger.ts';
import { arrivedInEnvelope } from '../../lab/receivers/arrivals.ts';
import { type MessageContent, messageContent } from '../../lab/receivers/message-content.ts';
import { type SlackReceiver, startSlackReceiver } from '../../lab/receivers/slack.ts';
import { startWebhookReceiver } from '../../lab/receivers/webhook.ts';
import { type StoredGroup, storedGroups } from '../../lab/stored-groups.ts';
import { type BlobRef, blobPath, hourFolder } from '../../src/shared/blob-ref.ts';
import { eventId } from '../../src/shared/event-id.ts';
import { azuriteAccount } from './shared-azurite.ts';

export const SLACK = 'soc-slack';
export const HOOK = 'soar';
const TICKETS = 'tickets';
const STATE = 'xdr-relay-state';
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const KEY = 'a-key-for-the-endpoint';
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const HOUR_MS = 3_600_000;
const LONGEST_APPEND = 4_000_000;
/** A little under the second that Slack asks for, so that only real haste is refused. */
const SLACK_INTERVAL_MS = 900;

/** The rules, by what matches them: rows name the file. Two match the last. */
const RULES = {
  'vssadmin.exe': { title: 'Shadow Copies or Backups Deleted', level: 'high' },
  'certutil.exe': { title: 'Certutil Fetches a File', level: 'critical' },
  'sc.exe': { title: 'A Service Was Made', level: 'medium' },
  'powershell.exe': { title: 'PowerShell Runs Encoded Text', level: 'high' },
} as const;
const ALSO = { title: 'A Shell Started by Word', level: 'low' } as const;
export type Program = keyof typeof RULES;
export const BURST: Program = 'vssadmin.exe';
export const TITLES: readonly string[] = [...Object.values(RULES), ALSO].map(({ title }) => title);
export const titleOf = (program: Program): string => RULES[program].title;

/** A message as it came. */
export interface Told extends MessageContent {
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  /** Whether it is neither a change of an earlier message nor in its thread. */
  readonly isNew: boolean;
}

/** The record of a group of alerts, as far as tests read it. */
export interface Ticket {
  readonly id: string;
  readonly rule: { readonly title: string };
  readonly group: { readonly count: number };
}

export interface AlertWorldOptions {
  /** An empty folder. */
  readonly folder: string;
  /** `bot`: by a bot's token, which changes its messages; `webhook`: an incoming webhook, which cannot. */
  readonly by: 'webhook' | 'bot';
  /** `limits.threads` of each consumer. Default: 1. */
  readonly threads?: number;
}

export interface AlertWorld {
  readonly azurite: Azurite;
  readonly service: BlobServiceClient;
  readonly configFile: string;
  /** What relay.yaml takes from the environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly ledger: Ledger;
  readonly slack: SlackReceiver;
  /** The records of groups that the webhook with `group_alerts` has got. */
  readonly tickets: readonly Ticket[];
  /** The groups in the state for that webhook, and how many alerts each counts. */
  ticketGroups(): Promise<readonly StoredGroup[]>;
  /** When the last row that names a program was appended, by the monotonic clock. Milliseconds. */
  readonly appended: ReadonlyMap<Program, number>;
  /** All messages so far. */
  readonly told: readonly Told[];
  /**
   * Appends rows that name these programs, each on a host of its own among so many, and announces the blob to an endpoint.
   *
   * @param hoursAgo names the blob.
   * @param columns in place of those that rows have otherwise.
   */
  write(
    rows: readonly Program[],
    to: {
      readonly hoursAgo: number;
      readonly hosts: number;
      readonly endpoint: string;
      readonly columns?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void>;
  /** Enters what the state has into the ledger, and returns whether all alerts are in messages or groups there. */
  areAllFolded(): Promise<boolean>;
  /** What the ledger complains of, without what waits in groups for its next message. */
  complaints(): readonly string[];
  close(): Promise<void>;
}

export async function startAlertWorld({ folder, by, threads = 1 }: AlertWorldOptions): Promise<AlertWorld> {
  const azurite = await azuriteAccount();
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const ledger = createLedger([SLACK, HOOK], [SLACK]);
  const told: Told[] = [];
  const slack = await startSlackReceiver({
    intervalMs: SLACK_INTERVAL_MS,
    onMessage(message) {
      const content = messageContent(message);
      told.push({
        ...content,
        at: performance.now(),
        isNew: message.method === undefined || message.method === 'post',
      });
      ledger.messageArrived(SLACK, content);
    },
  });
  const hook = await startWebhookReceiver({
    secret: SECRET,
    onEvent: (event) => void ledger.arrived(HOOK, arrivedInEnvelope(event)),
  });
  const tickets: Ticket[] = [];
  const ticketing = await startWebhookReceiver({
    secret: SECRET,
    onEvent: (event) => void tickets.push(event as Ticket),
  });
  const variables = {
    CONNECTION: azurite.connectionString,
    KEY,
    SECRET,
    SLACK_SECRET: by === 'bot' ? slack.token : slack.url,
  };
  const way =
    by === 'bot'
      ? `token: "\${SLACK_SECRET}", channel: soc-alerts, api_url: "${slack.api}"`
      : `webhook_url: "\${SLACK_SECRET}"`;
  const configFile = join(folder, 'relay.yaml');
  await mkdir(join(folder, 'transforms/detections'), { recursive: true });
  await writeFile(
    configFile,
    `
storage: { connection_string: "\${CONNECTION}" }
queue: { visibility: 5s }
server: { keys: ["\${KEY}"] }
tail: { poll_min: 1s, poll_max: 2s }
limits: { threads: ${threads} }
delivery: { retry_for: 20s, retry_min: 20ms, retry_max: 200ms }
destinations:
  ${SLACK}: { type: slack, ${way}, allow_networks: [127.0.0.0/8] }
  ${HOOK}: { type: webhook, url: "${hook.url}", secrets: ["\${SECRET}"], allow_networks: [127.0.0.0/8] }
  ${TICKETS}: { type: webhook, url: "${ticketing.url}", group_alerts: true, secrets: ["\${SECRET}"], allow_networks: [127.0.0.0/8] }
default_destinations: []
alerts: [{ levels: [low, medium, high, critical], to: [${SLACK}, ${HOOK}, ${TICKETS}] }]
`,
  );
  const rules = Object.entries({ ...RULES, 'winword.exe': ALSO });
  for (const [n, [program, { title, level }]] of rules.entries()) {
    const column = program === 'winword.exe' ? 'InitiatingProcessFileName' : 'FileName';
    await writeFile(
      join(folder, `transforms/detections/rule_${n}.yml`),
      `title: ${title}
id: 5d1c6f0e-0000-4000-8000-00000000000${n}
status: test
logsource: { product: m365defender, category: DeviceProcessEvents }
detection: { program: { ${column}: ${program} }, condition: program }
level: ${level}
`,
    );
  }

  let number = 0;
  const appended = new Map<Program, number>();
  return {
    appended,
    tickets,
    ticketGroups: () => storedGroups(service, STATE, TICKETS),
    azurite,
    service,
    configFile,
    variables,
    ledger,
    slack,
    told,
    async write(rows, { hoursAgo, hosts, endpoint, columns = {} }) {
      const at = Date.now() - hoursAgo * HOUR_MS;
      const container = 'insights-logs-advancedhunting-deviceprocessevents';
      const name = `tenantId=${TENANT}/${hourFolder(at)}m=00/PT1H.json`;
      const ref: BlobRef = { account: azurite.account, container, name };
      const client = service.getContainerClient(container);
      await client.createIfNotExists();
      const blob = client.getAppendBlobClient(name);
      await blob.createIfNotExists();
      let offset = (await blob.getProperties()).contentLength ?? 0;
      let piece = '';
      const append = async () => {
        if (piece !== '') await blob.appendBlock(piece, Buffer.byteLength(piece));
        piece = '';
      };
      for (const program of rows) {
        const { line, id, expected } = rowOf(program, number++, hosts, { at, columns });
        ledger.written({ blob: blobPath(ref), offset, id, expected });
        offset += Buffer.byteLength(line);
        piece += line;
        if (piece.length > LONGEST_APPEND) await append();
      }
      await append();
      for (const program of rows) appended.set(program, performance.now());
      const event = { ref, url: blob.url, id: randomUUID(), at: Date.now() };
      await httpNotifier(`${endpoint}/events?code=${KEY}`)(notificationRequest(event, 'event_grid'));
    },
    async areAllFolded() {
      for (const group of await storedGroups(service, STATE, SLACK)) ledger.groupStored(SLACK, group);
      const { missing, waiting } = ledger.account(SLACK);
      return missing === waiting;
    },
    complaints() {
      const found = new Complaints();
      for (const name of [SLACK, HOOK]) ledger.complain(name, found);
      return found.sentences.filter((each) => !each.includes('nobody was told'));
    },
    async close() {
      await Promise.all([slack.close(), hook.close(), ticketing.close(), azurite.stop()]);
    },
  };
}

function rowOf(
  program: Program,
  n: number,
  hosts: number,
  { at, columns }: { readonly at: number; readonly columns: Readonly<Record<string, unknown>> },
) {
  const isFromWord = program === 'powershell.exe';
  const properties = JSON.stringify({
    Timestamp: new Date(at).toISOString(),
    DeviceId: (n % hosts).toString(16).padStart(40, '0'),
    DeviceName: `pc-${n % hosts}.contoso.example`,
    AccountName: `user${n % 9}`,
    AccountUpn: `user${n % 9}@contoso.example`,
    FileName: program,
    FolderPath: `C:\\Windows\\System32\\${program}`,
    ProcessCommandLine: `${program} /run ${n}`,
    InitiatingProcessFileName: isFromWord ? 'winword.exe' : 'cmd.exe',
    ReportId: n,
    ...columns,
  });
  const category = 'AdvancedHunting-DeviceProcessEvents';
  const rules = isFromWord ? [RULES[program], ALSO] : [RULES[program]];
  return {
    id: eventId(category, properties),
    line: `{"time":"${new Date(at).toISOString()}","tenantId":"${TENANT}","operationName":"Publish","category":"${category}","properties":${properties}}\r\n`,
    expected: [SLACK, HOOK].flatMap((destination) =>
      rules.map(({ title }) => ({ destination, rule: title })),
    ),
  };
}

const OTHERS: readonly Program[] = ['certutil.exe', 'sc.exe', 'powershell.exe'];

/** A burst of one rule's alerts with others in its midst. @returns for each of the blobs, the programs of its rows. */
export function burstOf(
  alerts: number,
  blobs: number,
  others: readonly Program[] = OTHERS,
): readonly (readonly Program[])[] {
  const each = Math.ceil(alerts / blobs);
  return Array.from({ length: blobs }, (_, blob) => {
    const rows: Program[] = Array.from({ length: Math.min(each, alerts - blob * each) }, () => BURST);
    const other = others[blob % others.length];
    if (other !== undefined && blob < others.length) rows.splice(Math.floor(rows.length / 2), 0, other);
    return rows;
  });
}

/** Ends the claims of killed consumers, as half a minute would: nobody renews them. */
export async function breakClaims({ service }: Pick<AlertWorld, 'service'>): Promise<void> {
  const state = service.getContainerClient(STATE);
  for await (const { name } of state.listBlobsFlat({ prefix: 'claims/' })) {
    await state
      .getBlobClient(name)
      .getBlobLeaseClient()
      .breakLease(0)
      .catch(() => {});
  }
}

/** The longest time for everything to be in messages or groups, whatever else the machine does. Milliseconds. */
const PATIENCE_MS = 180_000;

/** Waits until every alert is in a message or a group of the state, and every title was told. */
export async function untilAllTold(
  world: AlertWorld,
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if ((await world.areAllFolded()) && world.ledger.account(HOOK).missing === 0) {
      if (world.complaints().length === 0) return;
    }
    await meanwhile();
    await delay(500);
  }
}
