/** Rows of the table DeviceNetworkEvents. */
import { type Columns, closingColumns, deviceColumns, initiatingProcessColumns } from '../columns.ts';
import type { Device } from '../company.ts';
import type { Table } from '../table.ts';
import { everydayProcess, type Process, type World } from '../world.ts';

export interface Connection {
  readonly device: Device;
  readonly remoteIp: string;
  readonly remotePort: number;
  readonly remoteUrl: string | null;
  readonly initiating: Process;
  readonly actionType?: string;
}

export function connection(world: World, at: number, facts: Connection): Columns {
  const { random } = world;
  const inside = facts.remoteIp.startsWith('10.');
  return {
    ...deviceColumns(world, at, facts.device, facts.actionType ?? 'ConnectionSuccess'),
    RemoteIP: facts.remoteIp,
    RemotePort: facts.remotePort,
    RemoteUrl: facts.remoteUrl,
    LocalIP: facts.device.ip,
    LocalPort: random.int(49_152, 65_535),
    Protocol: 'Tcp',
    LocalIPType: 'Private',
    RemoteIPType: inside ? 'Private' : 'Public',
    ...initiatingProcessColumns(world, facts.initiating),
    ...closingColumns(
      world,
      facts.device,
      random.chance(0.8) ? null : { direction: 'Out', uid: random.hex(12) },
    ),
  };
}

const PLACES = [
  ['13.107.42.16', 443, 'outlook.office365.example'],
  ['20.190.159.4', 443, 'login.microsoftonline.example'],
  ['198.51.100.23', 443, 'api.havnia.example'],
  ['10.20.1.10', 445, null],
  ['10.20.1.11', 88, null],
  ['203.0.113.80', 80, 'ocsp.trust-services.example'],
  ['2001:db8:40::17', 443, 'updates.kartenwerk-küste.example'],
] as const;

export const deviceNetworkEvents: Table = {
  name: 'DeviceNetworkEvents',
  share: 220,
  everyday(world, at) {
    const device = world.random.pick(world.company.devices);
    const [remoteIp, remotePort, remoteUrl] = world.random.pick(PLACES);
    const actionType = world.random.chance(0.06) ? 'ConnectionFailed' : 'ConnectionSuccess';
    const initiating = everydayProcess(world, at, device);
    return connection(world, at, { device, remoteIp, remotePort, remoteUrl, initiating, actionType });
  },
};
