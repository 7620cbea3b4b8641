/** Masks the texts of a row, so that a person can see what is wrong with it without reading about other persons. */

/**
 * Columns whose texts are about no person: times, kinds and ids that Defender sets. Everything else, also what nobody has heard of, is masked.
 */
const SHOWN: ReadonlySet<string> = new Set([
  'time',
  'category',
  'operationName',
  'tenantId',
  'Tenant',
  '_TimeReceivedBySvc',
  'Timestamp',
  'ActionType',
  'ReportId',
  'kind',
  'table',
  'received',
  'id',
  'sourcetype',
  'index',
]);
/** Deeper values are masked whole. */
const DEEPEST = 32;

/**
 * The text of a row, or of what was sent, with each text in it replaced by its length: `"AccountName": "<12 characters>"`. Numbers, booleans
 * and the names of columns stay. Text that is not JSON is masked whole.
 */
export function maskedText(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `<${text.length} characters that are not JSON>`;
  }
  return JSON.stringify(masked(value, 0));
}

function masked(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskOf(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '<more>';
  if (Array.isArray(value)) return value.map((item) => masked(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SHOWN.has(key) && typeof item === 'string' ? item : masked(item, depth + 1),
    ]),
  );
}

function maskOf(text: string): string {
  return text === '' ? '' : `<${text.length} characters>`;
}
