/** Rows of the table DeviceLogonEvents. */
import { type Columns, closingColumns, deviceColumns, initiatingProcessColumns } from '../columns.ts';
import type { Account, Device } from '../company.ts';
import { SYSTEM } from '../company.ts';
import { PROGRAMS } from '../programs.ts';
import type { Table } from '../table.ts';
import { startProcess, type World } from '../world.ts';

export interface Logon {
  readonly device: Device;
  readonly account: Account;
  readonly logonType: 'Interactive' | 'Network' | 'RemoteInteractive' | 'Service' | 'Batch' | 'Local';
  readonly from: Device | undefined;
  readonly failure?: string;
  readonly localAdmin?: boolean;
}

export function logon(world: World, at: number, facts: Logon): Columns {
  const { random } = world;
  const { device, account, from } = facts;
  const initiating = startProcess(world, at, {
    program: PROGRAMS.lsass,
    commandLine: 'lsass.exe',
    account: SYSTEM,
  });
  return {
    ...deviceColumns(world, at, device, facts.failure === undefined ? 'LogonSuccess' : 'LogonFailed'),
    LogonType: facts.logonType,
    AccountDomain: account.domain,
    AccountName: account.name,
    AccountSid: account.sid,
    Protocol: from === undefined ? 'Negotiate' : random.pick(['NTLM', 'Kerberos']),
    FailureReason: facts.failure ?? null,
    IsLocalAdmin: facts.failure === undefined ? (facts.localAdmin ?? false) : null,
    LogonId: facts.failure === undefined ? random.int(100_000, 90_000_000) : null,
    RemoteDeviceName: from?.name.split('.')[0]?.toUpperCase() ?? null,
    // An empty text, not null, is how Defender writes "no remote end" here.
    RemoteIP: from?.ip ?? '',
    RemoteIPType: from === undefined ? null : 'Private',
    RemotePort: from === undefined ? null : random.int(49_152, 65_535),
    ...initiatingProcessColumns(world, initiating),
    ...closingColumns(world, device, { IsLocalLogon: from === undefined, LogonGuid: random.guid() }),
  };
}

export const deviceLogonEvents: Table = {
  name: 'DeviceLogonEvents',
  share: 60,
  everyday(world, at) {
    const { random, company } = world;
    const device = random.pick(company.workstations);
    if (random.chance(0.4)) {
      const server = random.pick(company.servers);
      return logon(world, at, {
        device: server,
        account: device.owner ?? SYSTEM,
        logonType: 'Network',
        from: device,
      });
    }
    const account = random.chance(0.3) ? SYSTEM : (device.owner ?? SYSTEM);
    const logonType = account === SYSTEM ? 'Service' : 'Interactive';
    return logon(world, at, {
      device,
      account,
      logonType,
      from: undefined,
      ...(random.chance(0.04) ? { failure: 'InvalidUserNameOrPassword' } : {}),
    });
  },
};
