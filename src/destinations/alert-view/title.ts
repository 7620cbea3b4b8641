/** What an alert is called, and how bad it is. */
import type { Envelope, Level } from '../../shared/event.ts';
import { answer } from './questions.ts';

const MARKS: Readonly<Record<Level, string>> = {
  critical: '🔴',
  high: '🟠',
  medium: '🟡',
  low: '🔵',
  informational: '⚪',
};

/** `🟠 HIGH`, or nothing where there is no severity. */
export function severityMark(severity: Level | undefined): string {
  return severity === undefined ? '' : `${MARKS[severity]} ${severity.toUpperCase()}`;
}

/**
 * What an alert is called: the title that somebody declared with placeholders; Defender's own title of its alert; its rule; Defender's own
 * title for a row of AlertInfo; else the action or the table.
 */
export function titleOf(envelope: Envelope, defenderTitle?: string): string {
  const names = [
    envelope.title,
    defenderTitle,
    envelope.rule?.title,
    envelope.table === 'AlertInfo' ? answer(envelope.event, 'alertTitle') : undefined,
    answer(envelope.event, 'action'),
    envelope.table,
  ];
  return names.find((name) => name !== undefined && name.trim() !== '') ?? 'Untitled';
}
