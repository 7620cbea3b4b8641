/** Writes silences for a terminal. */
import { hostname, userInfo } from 'node:os';
import { SILENCE_LIMITS, type Silence } from '../../../alerts/silences.ts';

/** Who runs the command: `ada@laptop`. */
export function whoRuns(given: string | undefined): string {
  const by = given?.trim() || `${userName()}@${hostname()}`;
  return by.slice(0, SILENCE_LIMITS.by);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** What a silence is about: `rule "Shadow copies deleted", DeviceName=build-*`. */
export function whatIsSilenced({ rule, where }: Pick<Silence, 'rule' | 'where'>): string {
  const conditions = where.map(({ column, value }) => `${column}=${value}`);
  return [...(rule === undefined ? [] : [`rule "${rule}"`]), ...conditions].join(', ');
}
