/** Rows of the table DeviceProcessEvents. */
import {
  accountColumns,
  type Columns,
  closingColumns,
  deviceColumns,
  fileColumns,
  initiatingProcessColumns,
} from '../columns.ts';
import type { Account, Device } from '../company.ts';
import { PROGRAMS, type Program } from '../programs.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';
import { everydayProcess, type Process, type World } from '../world.ts';

export interface ProcessCreated {
  readonly device: Device;
  readonly program: Program;
  readonly commandLine: string;
  readonly account: Account;
  readonly initiating: Process;
}

export function processCreated(world: World, at: number, facts: ProcessCreated): Columns {
  const { random } = world;
  const { device, program, account, initiating } = facts;
  return {
    ...deviceColumns(world, at, device, 'ProcessCreated'),
    ...fileColumns(program),
    ProcessVersionInfoCompanyName: program.company,
    ProcessVersionInfoProductName: program.product,
    ProcessVersionInfoProductVersion: program.version,
    ProcessVersionInfoInternalFileName: program.description === null ? null : program.fileName,
    ProcessVersionInfoOriginalFileName: program.description === null ? null : program.fileName,
    ProcessVersionInfoFileDescription: program.description,
    ProcessId: random.int(300, 6000) * 4,
    ProcessCommandLine: facts.commandLine,
    ProcessIntegrityLevel: account.upn === null ? 'System' : 'Medium',
    ProcessTokenElevation: account.upn === null ? 'TokenElevationTypeDefault' : 'TokenElevationTypeLimited',
    ProcessCreationTime: timestamp(at, random),
    ...accountColumns(account),
    LogonId: random.int(999, 90_000_000),
    InitiatingProcessLogonId: random.int(999, 90_000_000),
    ...initiatingProcessColumns(world, initiating),
    InitiatingProcessSignerType: 'OsVendor',
    InitiatingProcessSignatureStatus: 'Valid',
    ...closingColumns(world, device, random.chance(0.3) ? null : { DesktopName: 'Winsta0\\Default' }),
    ProcessUniqueId: random.hex(16),
  };
}

const CHILDREN = [
  [PROGRAMS.conhost, 'conhost.exe 0xffffffff -ForceV1'],
  [
    PROGRAMS.edge,
    '"msedge.exe" --type=gpu-process --gpu-preferences=UAAAAAAAAADgAAAEAAAAAAAAAAAAAAAA --mojo=',
  ],
  [PROGRAMS.svchost, 'svchost.exe -k wsappx -p -s AppXSvc'],
  [PROGRAMS.taskhost, 'taskhostw.exe -RegisterDevice -ProtectionStateChanged -FreeNetworkOnly'],
  [PROGRAMS.cmd, 'cmd.exe /d /s /c "lpstat > %TEMP%\\drucker für alle.txt"'],
  [PROGRAMS.powershell, 'powershell.exe -NoProfile -File C:\\Tools\\Lagerbestand-prüfen.ps1'],
  [PROGRAMS.rundll32, 'rundll32.exe C:\\Windows\\System32\\davclnt.dll,DavSetCookie srv-files-01'],
  [PROGRAMS.certutil, 'certutil.exe -verifystore Root'],
] as const;

const OF_OFFICE = [
  [PROGRAMS.edge, '"msedge.exe" --single-argument https://www.havnia.example/ordre?kunde=Søren'],
] as const;
const OF_UNIX = [[PROGRAMS.bash, 'bash -c "df -h /"']] as const;
const OFFICE: readonly Program[] = [PROGRAMS.outlook, PROGRAMS.excel];

/** What such a process starts on a quiet day: Office, for one, no shells. */
function childrenOf(device: Device, { program }: Process) {
  if (device.os === 'macOS' || device.os === 'Linux') return OF_UNIX;
  return OFFICE.includes(program) ? OF_OFFICE : CHILDREN;
}

export const deviceProcessEvents: Table = {
  name: 'DeviceProcessEvents',
  share: 240,
  everyday(world, at) {
    const device = world.random.pick(world.company.devices);
    const initiating = everydayProcess(world, at, device);
    const [program, line] = world.random.pick(childrenOf(device, initiating));
    return processCreated(world, at, {
      device,
      program,
      commandLine: line.endsWith('=') ? `${line}${world.random.hex(12)}` : line,
      account: initiating.account,
      initiating,
    });
  },
};
