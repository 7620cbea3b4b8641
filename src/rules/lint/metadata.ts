/** Checks what a rule says of itself: id, status, level, title, description, author, dates. */
import { didYouMean } from '../../diagnostics/nearest.ts';
import { findingAt, type LintDocument, type LintFinding } from './document.ts';
import { replaceScalar } from './edits.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** SigmaHQ's least length of a description, in characters. */
const SHORT = 16;
/** SigmaHQ's greatest length of a title, in characters. */
const LONG_TITLE = 120;

/** @param today the day of the check, `YYYY-MM-DD`. */
export function metadataFindings(document: LintDocument, today: string): readonly LintFinding[] {
  const { root, kind } = document;
  const lacks = (key: string) => !root.has(key) || root.string(key) === undefined;
  const found: LintFinding[] = [];
  const missing = (code: LintFinding['code'], key: string, hint: string) => {
    if (lacks(key)) {
      const message = `the ${kind} has no ${key}`;
      found.push(findingAt(document, root.key(key), { code, message, hint }));
    }
  };
  missing('no-id', 'id', 'write "id:" with a new UUID');
  const id = root.string('id');
  if (id !== undefined && !UUID.test(id)) {
    found.push(findingAt(document, root.value('id'), { code: 'bad-id', message: 'the id is not a UUID' }));
  }
  missing('no-description', 'description', 'write what it detects and why that matters');
  const description = root.string('description')?.trim();
  if (description !== undefined && description.length < SHORT) {
    const message = `the description is shorter than ${SHORT} characters`;
    found.push(findingAt(document, root.value('description'), { code: 'no-description', message }));
  }
  missing('no-author', 'author', 'name who can be asked about it');
  if (kind !== 'filter') {
    missing('no-status', 'status', 'write "status: experimental", "test" or "stable"');
    missing('no-level', 'level', 'without one it counts as "medium"');
  }
  return [...found, ...titleFindings(document), ...dateFindings(document, today)];
}

function titleFindings(document: LintDocument): readonly LintFinding[] {
  const title = document.root.string('title') ?? '';
  const wrong = [
    ...(title.length > LONG_TITLE ? [`is longer than ${LONG_TITLE} characters`] : []),
    ...(title.endsWith('.') ? ['ends with a full stop'] : []),
    ...(/^detects?\b/i.test(title) ? [`begins with "${title.split(' ', 1)[0]}"`] : []),
  ];
  return wrong.map((what) =>
    findingAt(document, document.root.value('title'), { code: 'title-form', message: `the title ${what}` }),
  );
}

function dateFindings(document: LintDocument, today: string): readonly LintFinding[] {
  const { root, text, kind } = document;
  const found: LintFinding[] = [];
  if (root.string('date') === undefined) {
    const hint = `write "date: ${today}", or when it was written`;
    found.push(
      findingAt(document, root.key('date'), { code: 'no-date', message: `the ${kind} has no date`, hint }),
    );
  }
  for (const key of ['date', 'modified'] as const) {
    const value = root.value(key);
    const given = root.string(key);
    if (value === undefined || given === undefined || isDay(given)) continue;
    const day = given.replaceAll(/[/.]/g, '-');
    const edit = isDay(day) ? replaceScalar(value, text, day) : undefined;
    found.push(
      findingAt(document, value, {
        code: 'bad-date',
        message: `"${key}" is not a day in the form YYYY-MM-DD`,
        ...(isDay(day) && { hint: didYouMean(given, [day]) ?? `write ${day}` }),
        ...(edit && { edits: [edit] }),
      }),
    );
  }
  return [...found, ...orderFindings(document, today)];
}

function orderFindings(document: LintDocument, today: string): readonly LintFinding[] {
  const { root } = document;
  const [date = '', modified = ''] = [root.string('date'), root.string('modified')];
  const report = (key: string, message: string) =>
    findingAt(document, root.value(key), { code: 'date-order', message });
  return [
    ...(isDay(date) && date > today ? [report('date', 'the date is in the future')] : []),
    ...(isDay(modified) && modified > today ? [report('modified', 'the date is in the future')] : []),
    ...(isDay(date) && isDay(modified) && modified < date
      ? [report('modified', `it was modified before it was written (${date})`)]
      : []),
  ];
}

/** Whether a text is a day of the calendar: `2024-02-30` is none. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
