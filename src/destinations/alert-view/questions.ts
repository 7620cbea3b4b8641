/** What an analyst asks of a row, and the columns that answer. */
import { ANSWER_COLUMNS } from '../../alerts/read-columns.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';

export type Question = keyof typeof ANSWER_COLUMNS;

/** The first column among the candidates that has something to say, as text. */
export function answer(event: JsonObject, question: Question): string | undefined {
  for (const column of ANSWER_COLUMNS[question]) {
    const value = Object.hasOwn(event, column) ? event[column] : undefined;
    if (value === undefined || value === null || value === '') continue;
    return textOf(value);
  }
  return undefined;
}

/** A value as a person reads it: text as it is, anything else as JSON. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
