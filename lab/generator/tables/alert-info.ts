/** Rows of the table AlertInfo. */
import type { Columns } from '../columns.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';
import type { World } from '../world.ts';

export interface DefenderAlert {
  readonly alertId: string;
  readonly title: string;
  readonly category: string;
  readonly severity: 'High' | 'Medium' | 'Low' | 'Informational';
  readonly serviceSource: string;
  readonly detectionSource: string;
  readonly techniques: readonly string[];
}

export function alertRaised(world: World, at: number, alert: DefenderAlert): Columns {
  return {
    Timestamp: timestamp(at, world.random, 6),
    AlertId: alert.alertId,
    Title: alert.title,
    Category: alert.category,
    Severity: alert.severity,
    ServiceSource: alert.serviceSource,
    DetectionSource: alert.detectionSource,
    // An empty text, not an empty list, where there are none.
    AttackTechniques: alert.techniques.length === 0 ? '' : JSON.stringify(alert.techniques),
    MachineGroup: null,
  };
}

const EVERYDAY = [
  ['Atypical travel', 'InitialAccess', 'AAD Identity Protection'],
  ['Unwanted software was prevented', 'UnwantedSoftware', 'Microsoft Defender for Endpoint'],
  [
    'Email messages containing phish URL removed after delivery\u200b',
    'InitialAccess',
    'Microsoft Defender for Office 365',
  ],
] as const;

/** An everyday alert, shared by AlertInfo and AlertEvidence. */
export function everydayAlert(world: World): DefenderAlert {
  const [title, category, serviceSource] = world.random.pick(EVERYDAY);
  return {
    alertId: `ad${world.random.hex(40)}`,
    title,
    category,
    severity: world.random.pick(['Informational', 'Low']),
    serviceSource,
    detectionSource: serviceSource,
    techniques: world.random.chance(0.5) ? [] : ['Valid Accounts (T1078)'],
  };
}

const A_DAY_AND_A_BIT = 28 * 3_600_000;

export const alertInfo: Table = {
  name: 'AlertInfo',
  share: 8,
  // Alerts arrive long after what they are about.
  everyday: (world, at) =>
    alertRaised(world, at - world.random.int(3_600_000, A_DAY_AND_A_BIT), everydayAlert(world)),
};
