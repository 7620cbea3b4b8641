/** Field names of Sysmon and Windows that several log sources share, and the columns that hold them. */
import { account as accountName } from '../rendering/account.ts';
import { address } from '../rendering/address.ts';
import { dashForNothing } from '../rendering/dash-for-nothing.ts';
import { hexadecimal } from '../rendering/numbers.ts';
import type { FieldMapping, TableMapping } from '../types.ts';

type Fields = TableMapping['fields'];

/** `DOMAIN\user`, which Defender keeps in two columns (reference of the tables, "AccountDomain" and "AccountName"). */
export function account(prefix: '' | 'InitiatingProcess'): FieldMapping {
  return { columns: [`${prefix}AccountDomain`, `${prefix}AccountName`], render: accountName };
}

export function join(separator: string, ...columns: string[]): FieldMapping {
  return { columns: [], join: { columns, with: separator } };
}

/** `SHA256=..,MD5=..` of Sysmon; Defender has no import hash. */
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

/** Mandatory labels by SID, as newer rules write them. */
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

/** Logon ids and access masks are hexadecimal in Windows' and Sysmon's events, and decimal in Defender. */
export function hex(column: string): FieldMapping {
  return { columns: [column], render: hexadecimal };
}

/** A value of a closed set, such as Windows' event ids, as Defender's ActionType. */
export function actionType(values: Readonly<Record<string, string | readonly string[]>>): FieldMapping {
  return { columns: ['ActionType'], values, closed: true };
}

/** On all device tables. */
export const device: Fields = {
  Computer: 'DeviceName',
  ComputerName: 'DeviceName',
  Hostname: 'DeviceName',
};

/** The process that did it, on the tables where Sysmon's `Image` is the acting process. */
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

/** Fields of Windows' security log say `-` where they have nothing to say (Microsoft's pages on the events 4624 and 4625). */
export function dash(column: string): FieldMapping {
  return { columns: [column], render: dashed };
}

export function dashAddress(column: string): FieldMapping {
  return { columns: [column], render: dashedAddress };
}

/** A field that no column holds, though one seems to. */
export function missing(reason: string): FieldMapping {
  return { columns: [], missing: reason };
}

/**
 * ActionTypes with those under which Defender's aggregated reporting has the same, once an hour and with a count (Microsoft's page
 * "Aggregated reporting in Microsoft Defender for Endpoint" lists them).
 */
export function withAggregated(...actions: readonly string[]): readonly string[] {
  return actions.flatMap((action) => [action, `${action}AggregatedReport`]);
}

export function approximately(column: string, approximate: string): FieldMapping {
  return { columns: [column], approximate };
}
