/** What an analyst asks of a row, and the columns that answer. */
import type { JsonObject, JsonValue } from '../../shared/json.ts';

/** Where the answers to an analyst's questions stand, the likeliest first. Dotted names are common renames. */
const COLUMNS = {
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

export type Question = keyof typeof COLUMNS;

/** The first column among the candidates that has something to say, as text. */
export function answer(event: JsonObject, question: Question): string | undefined {
  for (const column of COLUMNS[question]) {
    const value = Object.hasOwn(event, column) ? event[column] : undefined;
    if (value === undefined || value === null || value === '') continue;
    return textOf(value);
  }
  return undefined;
}

/** A value as a person reads it: text as it is, anything else as JSON. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
