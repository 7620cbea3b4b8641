/** Rows of the table IdentityLogonEvents. */
import type { Columns } from '../columns.ts';
import { NETBIOS, type User } from '../company.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';
import type { World } from '../world.ts';

export interface IdentityLogon {
  readonly user: User;
  readonly application: 'Active Directory' | 'Microsoft 365';
  readonly ip: string;
  readonly location: string | null;
  readonly isp?: string;
  readonly failure?: string;
  readonly destination?: string;
}

export function identityLogon(world: World, at: number, facts: IdentityLogon): Columns {
  const { random } = world;
  const { user } = facts;
  const onPremises = facts.application === 'Active Directory';
  return {
    Timestamp: timestamp(at, random, onPremises ? 7 : 3),
    ActionType: facts.failure === undefined ? 'LogonSuccess' : 'LogonFailed',
    Application: facts.application,
    LogonType: onPremises ? 'Credentials validation' : 'Login:login',
    Protocol: onPremises ? random.pick(['Kerberos', 'Ntlm']) : null,
    FailureReason: facts.failure ?? null,
    AccountName: user.name,
    AccountDomain: onPremises ? NETBIOS.toLowerCase() : (user.mail.split('@')[1] ?? null),
    AccountUpn: user.upn,
    AccountSid: onPremises ? user.sid : null,
    AccountObjectId: user.objectId,
    AccountDisplayName: user.displayName,
    DeviceName: null,
    DeviceType: onPremises ? null : 'Desktop',
    OSPlatform: onPremises ? null : 'Windows 11',
    IPAddress: facts.ip,
    Port: onPremises ? 0 : null,
    DestinationDeviceName: facts.destination ?? null,
    DestinationIPAddress: null,
    DestinationPort: onPremises ? 88 : null,
    TargetDeviceName: facts.destination ?? null,
    TargetAccountDisplayName: null,
    Location: facts.location,
    ISP: facts.isp ?? (onPremises ? null : 'none specified'),
    ReportId: random.hex(64),
    // An object here, a text on the Device* tables, and null now and then.
    AdditionalFields: random.chance(0.1)
      ? null
      : onPremises
        ? {
            Count: String(random.int(1, 9)),
            DestinationComputerOperatingSystem: 'windows server 2022 standard',
            Spns: [`krbtgt/${NETBIOS}`],
          }
        : {
            'Request ID': random.guid(),
            'Pass-through authentication': 'false',
            'ACTOR.ENTITY_USER': user.displayName,
          },
    UncommonForUser: facts.failure === undefined ? [] : ['ISP', 'CountryCode'],
    LastSeenForUser: { ActionType: 0, OSPlatform: 0, ISP: random.int(-1, 20), CountryCode: 0 },
  };
}

export const identityLogonEvents: Table = {
  name: 'IdentityLogonEvents',
  share: 60,
  everyday(world, at) {
    const { random, company } = world;
    const user = random.pick(company.users);
    return random.chance(0.5)
      ? identityLogon(world, at, {
          user,
          application: 'Active Directory',
          ip: `10.20.4.${random.int(20, 33)}`,
          location: null,
          destination: 'srv-dc-01',
        })
      : identityLogon(world, at, { user, application: 'Microsoft 365', ip: '203.0.113.40', location: 'DK' });
  },
};
