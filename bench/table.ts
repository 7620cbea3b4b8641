/** Renders measures as lines of one table. */
import { type Measure, meetsGoal, type Unit } from './measure.ts';

const NAME = 46;
const VALUE = 12;
const UNIT = 14;
const RATIO = 26;

/** The table's head. */
export function headText(): string {
  const head = `${'measure'.padEnd(NAME)}${'value'.padStart(VALUE)} ${'unit'.padEnd(UNIT)}${'times the CPU of'.padEnd(RATIO)}goal`;
  return `${head}\n${'-'.repeat(NAME + VALUE + UNIT + RATIO + 14)}`;
}

export function lineText(measure: Measure): string {
  const { name, value, unit, ratio, note } = measure;
  const times = ratio ? `${ratio.times.toFixed(2)} x ${ratio.of}` : '';
  const line = `${name.padEnd(NAME)}${valueText(value, unit).padStart(VALUE)} ${unit.padEnd(UNIT)}${times.padEnd(RATIO)}${goalText(measure)}`;
  return note === undefined ? line.trimEnd() : `${line.trimEnd()}\n    ${note}`;
}

function goalText(measure: Measure): string {
  const { goal } = measure;
  if (!goal) return '';
  return `${goal.is} ${valueText(goal.value, measure.unit)}${meetsGoal(measure) ? '' : ', missed'}`;
}

/** With as many digits as say something. */
export function valueText(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '-';
  const digits = unit === 'rows/CPU-s' || value >= 1_000 ? 0 : value >= 100 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
