/** Rows of the table DeviceRegistryEvents. */
import { type Columns, closingColumns, deviceColumns, empty, initiatingProcessColumns } from '../columns.ts';
import type { Device } from '../company.ts';
import type { Table } from '../table.ts';
import { everydayProcess, type Process, type World } from '../world.ts';

export interface RegistryValueSet {
  readonly device: Device;
  readonly key: string;
  readonly valueName: string;
  readonly valueData: string;
  readonly initiating: Process;
}

export function registryValueSet(world: World, at: number, facts: RegistryValueSet): Columns {
  return {
    ...deviceColumns(world, at, facts.device, 'RegistryValueSet'),
    RegistryKey: facts.key,
    RegistryValueType: 'String',
    RegistryValueName: facts.valueName,
    RegistryValueData: facts.valueData,
    ...empty('PreviousRegistryKey', 'PreviousRegistryValueName', 'PreviousRegistryValueData'),
    ...initiatingProcessColumns(world, facts.initiating),
    ...closingColumns(world, facts.device, null),
  };
}

const VALUES = [
  [
    'HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\W32Time\\Config',
    'LastKnownGoodTime',
    '133984211874410000',
  ],
  ['HKEY_CURRENT_USER\\Software\\Microsoft\\Office\\16.0\\Common\\Internet', 'UseOnlineContent', '2'],
  ['HKEY_LOCAL_MACHINE\\SOFTWARE\\Havnia\\Client', 'SidsteLager', 'Ærøskøbing'],
  [
    'HKEY_CURRENT_USER\\Software\\Microsoft\\OneDrive\\Accounts\\Business1',
    'UserEmail',
    'soren.ostergaard@kestrelmarine.example',
  ],
] as const;

export const deviceRegistryEvents: Table = {
  name: 'DeviceRegistryEvents',
  share: 70,
  everyday(world, at) {
    const device = world.random.pick(world.company.workstations);
    const [key, valueName, valueData] = world.random.pick(VALUES);
    return registryValueSet(world, at, {
      device,
      key,
      valueName,
      valueData,
      initiating: everydayProcess(world, at, device),
    });
  },
};
