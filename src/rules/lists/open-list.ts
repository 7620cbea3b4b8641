/** Opens the file of a list: its encoding, its format, what is declared about it, and its entries. */
import type { Diagnostic, Finding, Mistake, Severity, Span } from '../../diagnostics/diagnostic.ts';
import { START } from '../../diagnostics/diagnostic.ts';
import { findingsOf } from '../../diagnostics/issues.ts';
import type { Path } from '../../diagnostics/path.ts';
import { tooLong, wrongType } from '../../diagnostics/sentences.ts';
import { messageOf } from '../../shared/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { jsonMistake } from '../../shared/json-mistake.ts';
import { openRuleFile, RULE_FILES } from '../open-rule-file.ts';
import type { RuleFile } from '../rule-file.ts';
import { type Declaration, ownDeclaration } from './declaration.ts';
import type { Entries, EntryReport } from './entries.ts';
import { isKeyOf } from './indexes.ts';
import { jsonPlace } from './json-places.ts';
import { formatOf, LIST_LENGTHS } from './list-files.ts';
import { readCsvList } from './read-csv.ts';
import { readData } from './read-data.ts';
import { readText } from './read-text.ts';
import { placeIn } from './text-places.ts';

export interface OpenedList {
  readonly declaration: Declaration;
  readonly entries: Entries;
}

export interface ListToOpen {
  readonly name: string;
  readonly file: RuleFile;
  /** What `lists.yaml` says of it. */
  readonly declared: Declaration | undefined;
  /** Reports a mistake of what `lists.yaml` says of it; paths begin at its entry there. */
  reportDeclared(finding: Finding): void;
  readonly report: {
    at(place: () => Span, mistake: Mistake, severity?: Severity): void;
    take(diagnostic: Diagnostic): void;
  };
}

/** Reads a list. Undefined if an error that concerns all of it was reported; mistakes in entries were reported as well. */
export function openList(list: ListToOpen): OpenedList | undefined {
  const { report } = list;
  const file = { ...list.file, text: list.file.text.replace(/^\ufeff/, '') };
  const format = formatOf(file.path) ?? 'text';
  const most = LIST_LENGTHS[format];
  if (file.text.length > most) {
    report.at(start, {
      ...tooLong(most),
      hint: format === 'csv' || format === 'text' ? 'split it' : 'write it as CSV',
    });
    return undefined;
  }
  const undecoded = encodingMistake(file.text);
  if (undecoded) {
    report.at(undecoded.place, undecoded);
    return undefined;
  }
  if (format === 'yaml' || format === 'json') return openData({ ...list, file }, format);
  const declaration = list.declared ?? {};
  const entryReport = { at: report.at.bind(report), declared: list.reportDeclared };
  const source = { name: list.name, text: file.text, declaration, report: entryReport };
  const entries = format === 'csv' ? readCsvList(source) : readText(source);
  if (!entries) return undefined;
  if (format === 'text' && declaration.key !== undefined) {
    const message = 'a file of one value a line has no columns';
    list.reportDeclared({ code: 'conflict', path: ['key'], atKey: true, message });
  }
  if (format === 'csv') warnAboutHeader(entries, declaration, entryReport);
  return { declaration, entries };
}

/** A first line that is an entry names no columns: it would be missing from the list. */
function warnAboutHeader({ key }: Entries, { type = 'text' }: Declaration, report: EntryReport): void {
  if (key === undefined || type === 'text' || type === 'domain' || !isKeyOf(type, key)) return;
  const message = `the first line names the columns, and "${key}" is an entry`;
  report.at(start, { code: 'bad-entry', message, hint: 'write a first line with the names of the columns' });
}

/** What shows that the file was not UTF-8: bytes that could not be decoded, or the zeros of UTF-16. */
function encodingMistake(text: string): (Mistake & { place(): Span }) | undefined {
  const at = text.search(/[\ufffd\0]/);
  if (at < 0) return undefined;
  const message = 'the file is not UTF-8 here';
  const hint = 'save it as UTF-8; Excel calls it "CSV UTF-8"';
  return { code: 'bad-encoding', message, hint, place: () => placeIn(text, at, 1) };
}

const start = () => START;

interface Data {
  readonly data: JsonValue;
  span(path: Path): Span;
  report(finding: Finding): void;
}

function openData(list: ListToOpen, format: 'yaml' | 'json'): OpenedList | undefined {
  const file = format === 'yaml' ? yamlData(list) : jsonData(list);
  if (!file) return undefined;
  const { data, span } = file;
  const isMapping = isJsonObject(data);
  const written = isMapping ? header(data, file) : {};
  if (!written) return undefined;
  const isDeclared = Object.keys(written).length > 0;
  if (isDeclared && list.declared) {
    const message = `${list.file.path} declares itself what the list is`;
    list.reportDeclared({ code: 'conflict', path: [], atKey: true, message, hint: 'keep one of the two' });
  }
  const declaration = list.declared ?? written;
  const at: Path = isMapping ? ['entries'] : [];
  const entries = isMapping && Object.hasOwn(data, 'entries') ? data.entries : data;
  if (!Array.isArray(entries)) {
    list.report.at(() => span(at), wrongType(at, entries, 'a list of entries, or a mapping with "entries"'));
    return undefined;
  }
  const declared = (finding: Finding) =>
    list.declared ? list.reportDeclared(finding) : file.report(finding);
  const report = { at: list.report.at.bind(list.report), declared };
  const read = readData({ entries: entries as readonly JsonValue[], at, declaration, report, span });
  return read && { declaration, entries: read };
}

/** The keys beside `entries`. Undefined if they have mistakes, which were reported. */
function header(data: JsonObject, file: Data): Declaration | undefined {
  const { entries: _, ...rest } = data;
  const result = ownDeclaration.safeParse(rest);
  if (result.success) return result.data;
  for (const finding of findingsOf(result.error.issues, { schema: ownDeclaration, data: rest, at: [] }))
    file.report(finding);
  return undefined;
}

function yamlData({ file, report }: ListToOpen): Data | undefined {
  const open = openRuleFile(file, RULE_FILES.list, (diagnostic) => report.take(diagnostic));
  return (
    open && { data: open.data, span: (path) => open.span(path), report: (finding) => open.report(finding) }
  );
}

function jsonData({ file: { text }, report }: ListToOpen): Data | undefined {
  const span = (path: Path) => jsonPlace(text, path);
  try {
    const data = JSON.parse(text) as JsonValue;
    return {
      data,
      span,
      report: (finding) => report.at(() => span(finding.path), finding, finding.severity),
    };
  } catch (thrown) {
    const { at, message } = jsonMistake(text) ?? { at: text.length, message: messageOf(thrown) };
    report.at(() => placeIn(text, at, 1), {
      code: 'json-syntax',
      message: `the file is not JSON: ${message}`,
    });
    return undefined;
  }
}
