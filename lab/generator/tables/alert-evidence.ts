/** Rows of the table AlertEvidence. */
import { type Columns, empty } from '../columns.ts';
import type { Account, Device } from '../company.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';
import type { World } from '../world.ts';
import { type DefenderAlert, everydayAlert } from './alert-info.ts';

export interface Evidence {
  readonly alert: DefenderAlert;
  readonly entityType: 'Machine' | 'User' | 'Ip' | 'Process' | 'Url';
  readonly role: 'Impacted' | 'Related';
  readonly device?: Device;
  readonly account?: Account;
  readonly remoteIp?: string;
  readonly commandLine?: string;
}

export function evidence(world: World, at: number, facts: Evidence): Columns {
  const { alert, device, account } = facts;
  return {
    Timestamp: timestamp(at, world.random, 6),
    AlertId: alert.alertId,
    Title: alert.title,
    Categories: JSON.stringify([alert.category]),
    AttackTechniques: alert.techniques.length === 0 ? '' : JSON.stringify(alert.techniques),
    ServiceSource: alert.serviceSource,
    DetectionSource: alert.detectionSource,
    EntityType: facts.entityType,
    EvidenceRole: facts.role,
    ...empty('EvidenceDirection', 'FileName', 'FolderPath', 'SHA1', 'SHA256', 'FileSize', 'ThreatFamily'),
    RemoteIP: facts.remoteIp ?? null,
    RemoteUrl: null,
    AccountName: account?.name ?? null,
    AccountDomain: account?.domain ?? null,
    AccountSid: account?.sid ?? null,
    AccountObjectId: account?.objectId ?? null,
    AccountUpn: account?.upn ?? null,
    DeviceId: device?.id ?? null,
    DeviceName: device?.name ?? null,
    ...empty(
      'LocalIP',
      'NetworkMessageId',
      'EmailSubject',
      'Application',
      'ApplicationId',
      'OAuthApplicationId',
    ),
    ProcessCommandLine: facts.commandLine ?? null,
    ...empty('RegistryKey', 'RegistryValueName', 'RegistryValueData'),
    AdditionalFields: JSON.stringify({
      Type: facts.entityType.toLowerCase(),
      Role: facts.role === 'Impacted' ? 0 : 1,
      MergeByKeyHex: world.random.hex(40).toUpperCase(),
    }),
    Severity: alert.severity,
    CloudResource: null,
    CloudPlatform: '',
    ResourceType: null,
    ResourceID: null,
    SubscriptionId: '',
    MachineGroup: device?.group ?? null,
  };
}

export const alertEvidence: Table = {
  name: 'AlertEvidence',
  share: 14,
  everyday: (world, at) =>
    evidence(world, at, {
      alert: everydayAlert(world),
      entityType: 'User',
      role: 'Impacted',
      account: world.random.pick(world.company.users),
    }),
};
