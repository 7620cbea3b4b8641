/** Rows of the table DeviceEvents. */
import { type Columns, closingColumns, deviceColumns, empty, initiatingProcessColumns } from '../columns.ts';
import type { Device } from '../company.ts';
import { PROGRAMS, type Program } from '../programs.ts';
import type { Table } from '../table.ts';
import { everydayProcess, type Process, startProcess, type World } from '../world.ts';

export interface DeviceEvent {
  readonly device: Device;
  readonly actionType: string;
  readonly target?: Program;
  readonly additionalFields: Columns;
  readonly initiating: Process;
}

/** The catch-all table: what the columns say depends on the ActionType, and most are empty. */
export function deviceEvent(world: World, at: number, facts: DeviceEvent): Columns {
  const { device, target } = facts;
  return {
    ...deviceColumns(world, at, device, facts.actionType),
    FileName: target?.fileName ?? null,
    FolderPath: target?.folderPath ?? null,
    SHA1: target?.sha1 ?? null,
    SHA256: target?.sha256 ?? null,
    MD5: target?.md5 ?? null,
    FileSize: target?.size ?? null,
    ...empty('AccountDomain', 'AccountName', 'AccountSid', 'RemoteUrl', 'RemoteDeviceName', 'ProcessId'),
    ...empty('ProcessCommandLine', 'ProcessCreationTime', 'ProcessTokenElevation', 'LogonId', 'RegistryKey'),
    ...empty('RegistryValueName', 'RegistryValueData', 'RemoteIP', 'RemotePort', 'LocalIP', 'LocalPort'),
    ...empty('FileOriginUrl', 'FileOriginIP'),
    ...initiatingProcessColumns(world, facts.initiating),
    InitiatingProcessLogonId: world.random.int(0, 9_000_000),
    ...closingColumns(world, device, facts.additionalFields),
    CreatedProcessSessionId: null,
    IsProcessRemoteSession: false,
  };
}

const LINE =
  '# Lagerbestand prüfen – fragt das ERP nach jedem Artikel und schreibt Abweichungen in die Tabelle\n';

/** The body of a script, `length` characters: what makes a few rows very long. */
export function scriptContent(length: number): string {
  return LINE.repeat(Math.ceil(length / LINE.length)).slice(0, length);
}

export const deviceEvents: Table = {
  name: 'DeviceEvents',
  share: 90,
  everyday(world, at) {
    const { random, company } = world;
    const device = random.pick(company.workstations);
    if (random.chance(0.05)) {
      // Most scripts are some kilobytes; one in a hundred is a whole bundled tool.
      const length = random.chance(0.015) ? random.int(900_000, 1_300_000) : random.int(600, 24_000);
      const line = 'powershell.exe -NoProfile -File C:\\Tools\\Lagerbestand-prüfen.ps1';
      const account = device.owner ?? company.admin;
      return deviceEvent(world, at, {
        device,
        actionType: 'ScriptContent',
        additionalFields: { ScriptContent: scriptContent(length) },
        initiating: startProcess(world, at, {
          program: PROGRAMS.powershell,
          commandLine: line,
          account,
          parent: PROGRAMS.taskhost,
        }),
      });
    }
    return deviceEvent(world, at, {
      device,
      actionType: random.pick([
        'DpapiAccessed',
        'NtAllocateVirtualMemoryApiCall',
        'PowerShellCommand',
        'UsbDriveMounted',
      ]),
      additionalFields: {
        TargetProcessId: random.int(300, 6000) * 4,
        Name: random.hex(8),
        Count: random.int(1, 9),
      },
      initiating: everydayProcess(world, at, device),
    });
  },
};
