/** Reads what Defender says of its own alert from a row of AlertInfo or AlertEvidence. */
import type { Envelope } from '../shared/event.ts';
import type { JsonObject, JsonValue } from '../shared/json.ts';
import type { DefenderAlert } from './message.ts';
import type { DefenderColumn } from './read-columns.ts';

const LONGEST = 256;
const LONGEST_ID = 128;
const MOST_TECHNIQUES = 10;
/** Longer text that may hold JSON is not parsed. UTF-16 units. */
const LONGEST_LIST = 16_384;

/**
 * Defender's alert as one row tells of it; undefined for rows of other tables and for rows without AlertId. Long texts are cut. Never throws, whatever the
 * row holds.
 */
export function defenderOf({ table, event }: Pick<Envelope, 'table' | 'event'>): DefenderAlert | undefined {
  if (table !== 'AlertInfo' && table !== 'AlertEvidence') return undefined;
  const alertId = textIn(event, 'AlertId');
  if (alertId === undefined || alertId.length > LONGEST_ID) return undefined;
  const part = <K extends string>(key: K, text: string | undefined) =>
    text === undefined ? {} : { [key]: text };
  return {
    alertId,
    ...part('title', textIn(event, 'Title')),
    // AlertEvidence has a list.
    ...part('category', textIn(event, 'Category') ?? listIn(event, 'Categories')[0]),
    ...part('severity', textIn(event, 'Severity')),
    ...part('serviceSource', textIn(event, 'ServiceSource')),
    ...part('detectionSource', textIn(event, 'DetectionSource')),
    techniques: listIn(event, 'AttackTechniques').slice(0, MOST_TECHNIQUES),
    evidence: table === 'AlertEvidence' ? 1 : 0,
  };
}

function textIn(event: JsonObject, column: DefenderColumn): string | undefined {
  const value = Object.hasOwn(event, column) ? event[column] : undefined;
  return textOf(value);
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  return value.slice(0, LONGEST).toWellFormed();
}

/** A list, as such or as JSON in a text, which is how Defender writes it; a text that is no JSON is one element. */
function listIn(event: JsonObject, column: DefenderColumn): readonly string[] {
  const value = Object.hasOwn(event, column) ? event[column] : undefined;
  const list = typeof value === 'string' ? parsed(value) : value;
  return Array.isArray(list) ? list.flatMap((each: JsonValue) => textOf(each) ?? []) : [];
}

function parsed(text: string): unknown {
  if (text.length > LONGEST_LIST) return undefined;
  if (!text.trimStart().startsWith('[')) return [text];
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
