/** Makes columns that several tables have. */
import type { JsonValue } from '../../src/shared/json.ts';
import type { Account, Device } from './company.ts';
import type { Program } from './programs.ts';
import { timestamp } from './timestamps.ts';
import type { Process, World } from './world.ts';

/** The columns of one row, in the order in which they are written. */
export type Columns = Record<string, JsonValue>;

/** `Timestamp` and the columns of the device, with which every Device* table begins. */
export function deviceColumns(world: World, at: number, device: Device, actionType: string): Columns {
  // The sensors of macOS and Linux have a resolution of 1 µs, those of Windows of 100 ns.
  const digits = device.os === 'macOS' || device.os === 'Linux' ? 6 : 7;
  return {
    Timestamp: timestamp(at, world.random, digits),
    DeviceId: device.id,
    DeviceName: device.name,
    ActionType: actionType,
  };
}

/** The columns with which Device* tables end, including undocumented ones. */
export function closingColumns(world: World, device: Device, additionalFields: Columns | null): Columns {
  return {
    ReportId: world.nextReportId(device),
    AppGuardContainerId: null,
    AdditionalFields: additionalFields === null ? null : JSON.stringify(additionalFields),
    InitiatingProcessSessionId: world.random.int(0, 3),
    IsInitiatingProcessRemoteSession: false,
    InitiatingProcessRemoteSessionDeviceName: null,
    InitiatingProcessRemoteSessionIP: null,
    InitiatingProcessUniqueId: world.random.hex(16),
    MachineGroup: device.group,
  };
}

/** The columns of a file: `FileName`, `FolderPath` and its hashes. */
export function fileColumns(program: Program): Columns {
  return {
    FileName: program.fileName,
    FolderPath: program.folderPath,
    SHA1: program.sha1,
    SHA256: program.sha256,
    MD5: program.md5,
    FileSize: program.size,
  };
}

export function accountColumns(account: Account): Columns {
  return {
    AccountDomain: account.domain,
    AccountName: account.name,
    AccountSid: account.sid,
    AccountUpn: account.upn,
    AccountObjectId: account.objectId,
  };
}

/** The thirty-odd `InitiatingProcess*` columns. */
export function initiatingProcessColumns(world: World, process: Process): Columns {
  const { program, account, parent } = process;
  const system = account.upn === null;
  return {
    InitiatingProcessAccountDomain: account.domain,
    InitiatingProcessAccountName: account.name,
    InitiatingProcessAccountSid: account.sid,
    InitiatingProcessAccountUpn: account.upn,
    InitiatingProcessAccountObjectId: account.objectId,
    InitiatingProcessIntegrityLevel: system ? 'System' : 'Medium',
    InitiatingProcessTokenElevation: system ? 'TokenElevationTypeDefault' : 'TokenElevationTypeLimited',
    InitiatingProcessSHA1: program.sha1,
    InitiatingProcessSHA256: program.sha256,
    InitiatingProcessMD5: program.md5,
    InitiatingProcessFileName: program.fileName,
    InitiatingProcessFileSize: program.size,
    InitiatingProcessVersionInfoCompanyName: program.company,
    InitiatingProcessVersionInfoProductName: program.product,
    InitiatingProcessVersionInfoProductVersion: program.version,
    InitiatingProcessVersionInfoInternalFileName: program.description === null ? null : program.fileName,
    InitiatingProcessVersionInfoOriginalFileName: program.description === null ? null : program.fileName,
    InitiatingProcessVersionInfoFileDescription: program.description,
    InitiatingProcessId: process.pid,
    InitiatingProcessCommandLine: process.commandLine,
    InitiatingProcessCreationTime: timestamp(process.startedAt, world.random),
    InitiatingProcessFolderPath: program.folderPath.toLowerCase(),
    InitiatingProcessParentId: parent.pid,
    InitiatingProcessParentFileName: parent.fileName,
    InitiatingProcessParentCreationTime: timestamp(parent.startedAt, world.random),
  };
}

/** Columns of a table that are empty in this kind of row. */
export function empty(...names: readonly string[]): Columns {
  return Object.fromEntries(names.map((name) => [name, null]));
}
