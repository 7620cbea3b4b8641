/** Which columns alerts and messages read of a row, whatever its rule: what a step must not remove where alerts are to say all that they can. */
import { columnsOfEntities } from './entities/index.ts';

/** Where the answers to an analyst's questions stand, the likeliest first. Dotted names are common renames. */
export const ANSWER_COLUMNS = {
  device: ['DeviceName', 'host.name'],
  user: [
    'AccountUpn',
    'AccountName',
    'InitiatingProcessAccountUpn',
    'InitiatingProcessAccountName',
    'AccountDisplayName',
    'user.name',
  ],
  process: ['FileName', 'InitiatingProcessFileName', 'process.name'],
  parent: ['InitiatingProcessFileName', 'process.parent.name'],
  commandLine: ['ProcessCommandLine', 'InitiatingProcessCommandLine', 'process.command_line'],
  folder: ['FolderPath', 'InitiatingProcessFolderPath'],
  action: ['ActionType'],
  remote: ['RemoteUrl', 'RemoteIP', 'IPAddress', 'UrlDomain', 'Url'],
  registry: ['RegistryKey'],
  sender: ['SenderFromAddress'],
  recipient: ['RecipientEmailAddress'],
  subject: ['Subject'],
  application: ['Application', 'ApplicationId'],
  alertTitle: ['Title'],
} as const;

/** The columns from which links into Defender's portal and queries of Advanced Hunting are made. */
export const LINK_COLUMNS = [
  'AlertId',
  'IncidentId',
  'NetworkMessageId',
  'RecipientEmailAddress',
  'DeviceId',
  'AccountObjectId',
  'InitiatingProcessAccountObjectId',
  'AccountSid',
  'InitiatingProcessAccountSid',
  'SHA256',
  'SHA1',
  'ReportId',
] as const;

export type LinkColumn = (typeof LINK_COLUMNS)[number];

/** What Defender says of its own alert, in rows of AlertInfo and AlertEvidence. */
export const DEFENDER_COLUMNS = [
  'AlertId',
  'Title',
  'Category',
  'Categories',
  'Severity',
  'ServiceSource',
  'DetectionSource',
  'AttackTechniques',
] as const;

export type DefenderColumn = (typeof DEFENDER_COLUMNS)[number];

/**
 * The columns that an alert on a row of this table is made of besides those of its rule: entities, links, answers to an analyst's
 * questions. The names are those behind the steps of the table file.
 */
export function columnsOfAlerts(table: string): ReadonlySet<string> {
  const ofDefender = table === 'AlertInfo' || table === 'AlertEvidence' ? DEFENDER_COLUMNS : [];
  return new Set([
    ...columnsOfEntities(table),
    ...Object.values(ANSWER_COLUMNS).flat(),
    ...LINK_COLUMNS,
    ...ofDefender,
  ]);
}
