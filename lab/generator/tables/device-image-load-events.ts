/** Rows of the table DeviceImageLoadEvents. */
import { type Columns, closingColumns, deviceColumns, initiatingProcessColumns } from '../columns.ts';
import type { Device } from '../company.ts';
import type { Table } from '../table.ts';
import { everydayProcess, type Process, type World } from '../world.ts';

export interface ImageLoaded {
  readonly device: Device;
  readonly folder: string;
  readonly fileName: string;
  readonly initiating: Process;
}

export function imageLoaded(world: World, at: number, facts: ImageLoaded): Columns {
  const { random } = world;
  return {
    ...deviceColumns(world, at, facts.device, 'ImageLoaded'),
    FileName: facts.fileName,
    FolderPath: `${facts.folder}\\${facts.fileName}`,
    SHA1: random.hex(40),
    SHA256: random.hex(64),
    MD5: random.hex(32),
    FileSize: random.int(12_000, 3_000_000),
    ...initiatingProcessColumns(world, facts.initiating),
    ...closingColumns(world, facts.device, null),
  };
}

const LIBRARIES = [
  'samlib.dll',
  'cryptnet.dll',
  'dbghelp.dll',
  'wbemcomn.dll',
  'urlmon.dll',
  'amsi.dll',
] as const;

export const deviceImageLoadEvents: Table = {
  name: 'DeviceImageLoadEvents',
  share: 80,
  everyday(world, at) {
    const device = world.random.pick(world.company.workstations);
    return imageLoaded(world, at, {
      device,
      folder: 'C:\\Windows\\System32',
      fileName: world.random.pick(LIBRARIES),
      initiating: everydayProcess(world, at, device),
    });
  },
};
