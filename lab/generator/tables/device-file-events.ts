/** Rows of the table DeviceFileEvents. */
import { type Columns, closingColumns, deviceColumns, empty, initiatingProcessColumns } from '../columns.ts';
import type { Device } from '../company.ts';
import type { Table } from '../table.ts';
import { everydayProcess, type Process, type World } from '../world.ts';

export interface FileEvent {
  readonly device: Device;
  readonly actionType: 'FileCreated' | 'FileModified' | 'FileRenamed' | 'FileDeleted';
  readonly folder: string;
  readonly fileName: string;
  readonly size: number;
  readonly originUrl?: string;
  readonly initiating: Process;
}

export function fileEvent(world: World, at: number, facts: FileEvent): Columns {
  const { random } = world;
  const hashed = random.chance(0.85);
  return {
    ...deviceColumns(world, at, facts.device, facts.actionType),
    FileName: facts.fileName,
    FolderPath: `${facts.folder}\\${facts.fileName}`,
    SHA1: hashed ? random.hex(40) : null,
    SHA256: hashed ? random.hex(64) : null,
    MD5: hashed ? random.hex(32) : null,
    FileOriginUrl: facts.originUrl ?? null,
    ...empty('FileOriginReferrerUrl', 'FileOriginIP', 'PreviousFolderPath', 'PreviousFileName'),
    FileSize: facts.size,
    ...initiatingProcessColumns(world, facts.initiating),
    RequestProtocol: 'Local',
    ...empty('RequestSourceIP', 'RequestSourcePort', 'RequestAccountName', 'RequestAccountDomain'),
    ...empty('RequestAccountSid', 'ShareName', 'SensitivityLabel', 'SensitivitySubLabel'),
    IsAzureInfoProtectionApplied: null,
    ...closingColumns(world, facts.device, { FileType: facts.fileName.split('.').pop() ?? 'Unknown' }),
  };
}

const NAMES = [
  'Lieferschein Hafen Århus.pdf',
  'Angebot_2026-0417_überarbeitet.docx',
  '~WRL0004.tmp',
  'cookies.sqlite-wal',
  'Frachtraten Q4.xlsx',
  '船用品リスト.csv',
  'edge_shutdown_ms.txt',
] as const;

export const deviceFileEvents: Table = {
  name: 'DeviceFileEvents',
  share: 170,
  everyday(world, at) {
    const { random, company } = world;
    const device = random.pick(company.workstations);
    return fileEvent(world, at, {
      device,
      actionType: random.pick(['FileCreated', 'FileCreated', 'FileModified', 'FileRenamed', 'FileDeleted']),
      folder: `C:\\Users\\${device.owner?.name ?? 'Public'}\\${random.pick(['Documents', 'Downloads', 'AppData\\Local\\Temp'])}`,
      fileName: random.pick(NAMES),
      size: random.int(120, 4_000_000),
      initiating: everydayProcess(world, at, device),
    });
  },
};
