/** Rows of the table UrlClickEvents. */
import type { Columns } from '../columns.ts';
import type { User } from '../company.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';
import type { World } from '../world.ts';

export interface Click {
  readonly user: User;
  readonly url: string;
  readonly networkMessageId: string | null;
  readonly actionType: 'ClickAllowed' | 'ClickBlocked' | 'UrlScanInProgress';
  readonly threatTypes?: string;
  readonly clickedThrough?: boolean;
}

export function click(world: World, at: number, facts: Click): Columns {
  return {
    Timestamp: timestamp(at, world.random, 3),
    Url: facts.url,
    ActionType: facts.actionType,
    AccountUpn: facts.user.upn,
    Workload: facts.networkMessageId === null ? 'Teams' : 'Email',
    NetworkMessageId: facts.networkMessageId,
    ThreatTypes: facts.threatTypes ?? null,
    DetectionMethods:
      facts.threatTypes === undefined ? null : JSON.stringify({ Phish: ['URL detonation reputation'] }),
    IPAddress: '203.0.113.40',
    IsClickedThrough: facts.clickedThrough ?? false,
    UrlChain: JSON.stringify([facts.url]),
    ReportId: world.random.guid(),
    AppName: 'Mail',
    AppVersion: '0.0.0000',
    SourceId: facts.networkMessageId ?? world.random.guid(),
  };
}

export const urlClickEvents: Table = {
  name: 'UrlClickEvents',
  share: 18,
  everyday: (world, at) =>
    click(world, at, {
      user: world.random.pick(world.company.users),
      url: `https://www.havnia.example/ordre/${world.random.hex(10)}`,
      networkMessageId: world.random.chance(0.7) ? world.random.guid() : null,
      actionType: 'ClickAllowed',
    }),
};
