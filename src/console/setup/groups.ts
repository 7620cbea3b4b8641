/** The checks of the doctor in groups, each of which is one run. */
import type { Check } from '../../relay/doctor/check.ts';
import { CHECKS } from '../../relay/doctor/checks.ts';

export interface CheckGroup {
  readonly id: string;
  readonly title: string;
  /** Ids of its checks. */
  readonly checks: readonly string[];
}

const GROUPS: readonly CheckGroup[] = [
  { id: 'host', title: 'This host and its network', checks: ['versions', 'clock', 'egress'] },
  {
    id: 'source',
    title: 'Defender, its storage and its notifications',
    checks: ['source-read', 'tables', 'event-grid', 'azure-setup'],
  },
  { id: 'state', title: 'Queue and state', checks: ['queue', 'state'] },
  { id: 'rules', title: 'Rules', checks: ['rules'] },
  {
    id: 'destinations',
    title: 'Destinations and messages',
    checks: ['service', 'messages', 'destinations'],
  },
];

/** All groups. A check that none of them names is in a last one. */
export const CHECK_GROUPS: readonly CheckGroup[] = withRest(CHECKS.map(({ id }) => id));

function withRest(all: readonly string[]): readonly CheckGroup[] {
  const named = new Set(GROUPS.flatMap(({ checks }) => checks));
  const rest = all.filter((id) => !named.has(id));
  return rest.length === 0 ? GROUPS : [...GROUPS, { id: 'others', title: 'Others', checks: rest }];
}

/** The checks of a group, in its order. */
export function checksOf({ checks }: CheckGroup): readonly Check[] {
  return checks.flatMap((id) => CHECKS.find((check) => check.id === id) ?? []);
}
