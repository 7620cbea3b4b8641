/** Maps field names of Sysmon and Windows that several log sources share to Defender's columns. */
import { account as accountName } from '../rendering/account.ts';
import { address } from '../rendering/address.ts';
import { dashForNothing } from '../rendering/dash-for-nothing.ts';
import { hexadecimal } from '../rendering/numbers.ts';
import type { FieldMapping, TableMapping } from '../types.ts';

type Fields = TableMapping['fields'];

/** Maps `DOMAIN\user`, which Defender stores in two columns (table reference, "AccountDomain" and "AccountName"). */
export function account(prefix: '' | 'InitiatingProcess'): FieldMapping {
  return { columns: [`${prefix}AccountDomain`, `${prefix}AccountName`], render: accountName };
}

export function join(separator: string, ...columns: string[]): FieldMapping {
  return { columns: [], join: { columns, with: separator } };
}

/** Maps Sysmon's `SHA256=..,MD5=..`; Defender has no import hash. */
export const hashes: FieldMapping = { columns: ['SHA256', 'SHA1', 'MD5'], convert: 'hashes' };

/** Sysmon's names of a file's hashes. */
export const fileHashes: Fields = { Hashes: hashes, md5: 'MD5', sha1: 'SHA1', sha256: 'SHA256' };

export const processHashes: Fields = {
  Hashes: {
    columns: ['InitiatingProcessSHA256', 'InitiatingProcessSHA1', 'InitiatingProcessMD5'],
    convert: 'hashes',
  },
  md5: 'InitiatingProcessMD5',
  sha1: 'InitiatingProcessSHA1',
  sha256: 'InitiatingProcessSHA256',
};

/** Integrity levels by the SID of their mandatory label, which newer rules use. */
const integrity: Readonly<Record<string, string>> = {
  'S-1-16-0': 'Untrusted',
  'S-1-16-4096': 'Low',
  'S-1-16-8192': 'Medium',
  'S-1-16-8448': 'MediumPlus',
  'S-1-16-12288': 'High',
  'S-1-16-16384': 'System',
};

export function integrityLevel(column: string): FieldMapping {
  return { columns: [column], values: integrity };
}

/** Maps a number that is hexadecimal in Windows' and Sysmon's events and decimal in Defender, such as a logon id or an access mask. */
export function hex(column: string): FieldMapping {
  return { columns: [column], render: hexadecimal };
}

/** Maps the values of a closed set, such as Windows' event ids, to ActionTypes. */
export function actionType(values: Readonly<Record<string, string | readonly string[]>>): FieldMapping {
  return { columns: ['ActionType'], values, closed: true };
}

/** The fields of the device, on all device tables. */
export const device: Fields = {
  Computer: 'DeviceName',
  ComputerName: 'DeviceName',
  Hostname: 'DeviceName',
};

/** The fields of the acting process, on the tables where Sysmon's `Image` is that process. */
export const actor: Fields = {
  ...device,
  Image: 'InitiatingProcessFolderPath',
  ProcessName: 'InitiatingProcessFolderPath',
  ProcessId: 'InitiatingProcessId',
  CommandLine: 'InitiatingProcessCommandLine',
  User: account('InitiatingProcess'),
  ParentImage: { columns: ['InitiatingProcessParentFileName'], convert: 'file-name' },
  ParentProcessId: 'InitiatingProcessParentId',
  Company: 'InitiatingProcessVersionInfoCompanyName',
  Description: 'InitiatingProcessVersionInfoFileDescription',
  OriginalFileName: 'InitiatingProcessVersionInfoOriginalFileName',
  Product: 'InitiatingProcessVersionInfoProductName',
  FileVersion: 'InitiatingProcessVersionInfoProductVersion',
};

const dashed = dashForNothing();
const dashedAddress = dashForNothing(address);

/** Maps a field of Windows' security log that holds `-` where it has no value (Microsoft's pages on events 4624 and 4625). */
export function dash(column: string): FieldMapping {
  return { columns: [column], render: dashed };
}

export function dashAddress(column: string): FieldMapping {
  return { columns: [column], render: dashedAddress };
}

/** Maps a field that no column holds, although a column seems to. @param reason why not, for the rule's author. */
export function missing(reason: string): FieldMapping {
  return { columns: [], missing: reason };
}

/**
 * Adds the ActionTypes under which Defender's aggregated reporting reports the same events, once an hour and with a count
 * (listed on Microsoft's page "Aggregated reporting in Microsoft Defender for Endpoint").
 */
export function withAggregated(...actions: readonly string[]): readonly string[] {
  return actions.flatMap((action) => [action, `${action}AggregatedReport`]);
}

export function approximately(column: string, approximate: string): FieldMapping {
  return { columns: [column], approximate };
}
