/** Compiles the files of `lists/` into lists, and reports their mistakes. */
import {
  type Diagnostic,
  diagnostic,
  type Finding,
  type Mistake,
  type Severity,
  type Span,
  START,
} from '../../diagnostics/diagnostic.ts';
import { messageOf } from '../../shared/errors.ts';
import { plural } from '../../shared/readable.ts';
import { checkRuleFile, type OpenRuleFile, openRuleFile, RULE_FILES } from '../open-rule-file.ts';
import type { RuleFile } from '../rule-file.ts';
import type { CompiledList } from './compiled-list.ts';
import type { AddressDatabase } from './database.ts';
import { type Declaration, isListName, listsFile } from './declaration.ts';
import type { Cells, Entries } from './entries.ts';
import { type Indexed, indexKeys, isKeyOf, wrongKeyOf } from './indexes.ts';
import type { KnownLists } from './known-lists.ts';
import { DATABASE, DEVICES, type ListType } from './list.ts';
import { isDatabaseFile, isDeclarationFile, LIST_LENGTHS, lengthOf, listNameOf } from './list-files.ts';
import { type OpenedList, openList } from './open-list.ts';

type Report = (diagnostic: Diagnostic) => void;

/** What is declared about the lists, with the file that says it. */
interface Declarations {
  readonly file: Pick<OpenRuleFile, 'report'> | undefined;
  readonly lists: ReadonlyMap<string, Declaration>;
}

/**
 * Compiles the files of `lists/`. A list whose file has errors is in the set, and empty, so that rules that name it have no second error.
 *
 * @param known lists of the load before, which are used again where their files are equal.
 */
export function compileLists(
  files: readonly RuleFile[],
  report: Report,
  known?: KnownLists,
): ReadonlyMap<string, CompiledList> {
  const declarations = readDeclarations(
    files.filter(({ path }) => isDeclarationFile(path)),
    report,
  );
  const lists = new Map<string, CompiledList>();
  for (const file of files) {
    if (isDeclarationFile(file.path)) continue;
    const name = listNameOf(file.path);
    const mistake = nameMistake(name, lists.get(name)?.file);
    if (mistake) report(diagnostic(file.path, START, mistake));
    else lists.set(name, compileOrTake(name, file, declarations, { report, known }));
  }
  known?.end();
  for (const [name, declaration] of declarations.lists) {
    if (lists.has(name)) continue;
    const message = `the list "${name}" is declared and has no file yet: it is empty`;
    const hint = `put ${name}.csv, ${name}.txt or ${name}.mmdb beside this file; "xdr-relay lists pull" writes those of list_feeds`;
    declarations.file?.report({
      severity: 'warning',
      code: 'missing-list',
      path: ['lists', name],
      atKey: true,
      message,
      hint,
    });
    lists.set(name, emptyList(name, declaration, undefined));
  }
  return lists;
}

function readDeclarations(files: readonly RuleFile[], report: Report): Declarations {
  const [source, second] = files;
  if (second) {
    const message = `lists are declared in ${source?.path} already`;
    report(diagnostic(second.path, START, { code: 'duplicate-list', message, hint: 'put both in one' }));
  }
  const file = source && openRuleFile(source, RULE_FILES.lists, report);
  const content = file && checkRuleFile(file, listsFile, file.data);
  return { file, lists: new Map(Object.entries(content?.lists ?? {})) };
}

function nameMistake(name: string, other: string | undefined): Mistake | undefined {
  if (name === DEVICES) {
    const message = `no file may have the name "${DEVICES}": the relay fills that list itself`;
    return { code: 'bad-list-name', message, hint: 'rename the file' };
  }
  if (!isListName(name)) {
    const message = `a list cannot be named "${name}"`;
    return { code: 'bad-list-name', message, hint: 'use letters, digits, "_", "-" and "."' };
  }
  if (other === undefined) return undefined;
  return {
    code: 'duplicate-list',
    message: `the list "${name}" has a file already: ${other}`,
    hint: 'rename one of them',
  };
}

/** How many mistakes of one list are reported: the file of a feed may have a mistake in each of a million lines. */
const MOST_REPORTED = 20;

/** Reports the first mistakes of a list, and the number of the others. */
class ListReport {
  readonly #file: string;
  readonly #report: Report;
  #count = 0;
  #first: Diagnostic | undefined;
  errors = 0;

  constructor(file: string, report: Report) {
    this.#file = file;
    this.#report = report;
  }

  at(place: () => Span, mistake: Mistake, severity: Severity = 'error'): void {
    const isShown = this.#count < MOST_REPORTED;
    this.take(diagnostic(this.#file, isShown ? place() : START, mistake, severity));
  }

  take(found: Diagnostic): void {
    if (found.severity === 'error') this.errors += 1;
    this.#count += 1;
    if (this.#count <= MOST_REPORTED) this.#report(found);
    this.#first ??= found;
  }

  end(): void {
    const more = this.#count - MOST_REPORTED;
    if (more <= 0 || !this.#first) return;
    const message = `${more.toLocaleString('en-US')} more mistakes in this list are not shown`;
    this.#report(
      diagnostic(this.#file, START, { code: 'bad-entry', message }, this.errors > 0 ? 'error' : 'warning'),
    );
  }
}

/** Takes a list that is known from its equal file, or compiles it. One with mistakes in what `lists.yaml` says is always compiled, as they are reported at their places there. */
function compileOrTake(
  name: string,
  file: RuleFile,
  declarations: Declarations,
  { report, known }: { readonly report: Report; readonly known: KnownLists | undefined },
): CompiledList {
  const source = { file, declared: declarations.lists.get(name) };
  const before = known?.find(source);
  if (before) {
    for (const one of before.diagnostics) report(one);
    return before.list;
  }
  const diagnostics: Diagnostic[] = [];
  let isDeclaredWrong = false;
  const watched = declarations.file && {
    report(finding: Finding) {
      isDeclaredWrong = true;
      declarations.file?.report(finding);
    },
  };
  const list = compileList(name, file, { ...declarations, file: watched }, (one) => {
    diagnostics.push(one);
    report(one);
  });
  if (!isDeclaredWrong) known?.keep(source, list, diagnostics);
  return list;
}

function compileList(name: string, file: RuleFile, declarations: Declarations, report: Report): CompiledList {
  const found = new ListReport(file.path, report);
  const declared = declarations.lists.get(name);
  if (isDatabaseFile(file.path)) {
    const reportDeclared = (finding: Finding) =>
      declarations.file?.report({ ...finding, path: ['lists', name, ...finding.path] });
    return compileDatabase(name, file, declared ?? {}, { report: found, reportDeclared });
  }
  const opened = openList({
    name,
    file,
    declared,
    reportDeclared: (finding) => {
      found.errors += 1;
      declarations.file?.report({ ...finding, path: ['lists', name, ...finding.path] });
    },
    report: found,
  });
  const list = opened && found.errors === 0 ? indexed(name, file, opened, found) : undefined;
  found.end();
  return list ?? emptyList(name, opened?.declaration ?? declared ?? {}, file);
}

function indexed(
  name: string,
  file: RuleFile,
  { declaration, entries }: OpenedList,
  report: ListReport,
): CompiledList | undefined {
  const type = declaration.type ?? 'text';
  const { keys, cells, key, columns } = entries;
  const { find, repeated, table } = indexKeys(type, keys, (entry) => {
    report.at(() => cells.span(entry), wrongKeyOf(type, keys[entry] ?? ''));
  });
  if (report.errors > 0) return undefined;
  if (repeated) {
    const more = repeated.count - 1;
    const others = more === 0 ? '' : `, as ${more === 1 ? 'does' : 'do'} ${plural(more, 'other key')}`;
    const { line } = cells.span(repeated.before);
    const message = `"${keys[repeated.entry]}" stands in the list twice, first on line ${line}${others}`;
    const hint = columns.length > 0 ? 'the first of them counts' : undefined;
    report.at(() => cells.span(repeated.entry), { code: 'duplicate-entry', message, hint }, 'warning');
  }
  if (declaration.type === undefined) warnAboutType(key, entries, report);
  const about = {
    name,
    type,
    size: keys.length,
    columns,
    file: file.path,
    declaration,
    length: lengthOf(file),
  };
  return withoutKeys(about, { find, table }, cells);
}

/** Opens a database. One that cannot be opened has errors, and is empty as such a list is. */
function compileDatabase(
  name: string,
  file: RuleFile,
  declaration: Declaration,
  {
    report,
    reportDeclared,
  }: { readonly report: ListReport; readonly reportDeclared: (finding: Finding) => void },
): CompiledList {
  for (const key of ['type', 'key', 'separator'] as const) {
    if (declaration[key] === undefined) continue;
    const message = `${file.path} is a database, which says itself what it holds`;
    reportDeclared({ code: 'conflict', path: [key], atKey: true, message });
  }
  const database = openedDatabase(file, report);
  return {
    ...emptyList(name, declaration, file),
    type: DATABASE,
    size: database?.networks ?? 0,
    columns: database?.paths ?? [],
    length: lengthOf(file),
    database,
  };
}

function openedDatabase(file: RuleFile, report: ListReport): AddressDatabase | undefined {
  const start = () => START;
  if (!file.database) {
    const message = 'the content of the database is not at hand here: the steps that use it write nothing';
    report.at(start, { code: 'missing-list', message }, 'warning');
    return undefined;
  }
  if (lengthOf(file) > LIST_LENGTHS.mmdb) {
    report.at(start, { code: 'too-large', message: `the database has more than ${LIST_LENGTHS.mmdb} bytes` });
    return undefined;
  }
  try {
    return file.database.open();
  } catch (thrown) {
    const message = `the database cannot be used: ${messageOf(thrown)}`;
    const hint = 'fetch it again, whole; it is the file with the ending .mmdb, unpacked';
    report.at(start, { code: 'bad-database', message, hint });
    return undefined;
  }
}

/** A function of its own: what it returns must not keep a million keys in memory, as functions made beside them would. */
function withoutKeys(
  about: Omit<CompiledList, 'find' | 'valueAt' | 'keys'>,
  { find, table }: Pick<Indexed, 'find' | 'table'>,
  cells: Cells,
): CompiledList {
  return {
    ...about,
    find,
    valueAt: (entry, column) => cells.valueAt(entry, column),
    *keys() {
      for (let entry = 0; table && entry < table.size; entry++) yield table.at(entry);
    },
  };
}

/** The types that a list of text is likely to be meant as, if all of its keys are of them. */
const LIKELY = ['network', 'hash'] as const;

function warnAboutType(key: string | undefined, { keys }: Entries, report: ListReport): void {
  const first = keys.slice(0, 1_000);
  const likely = first.length > 0 && LIKELY.find((type) => first.every((text) => isKeyOf(type, text)));
  if (!likely) return;
  const what = { network: 'addresses or networks', hash: 'hashes' }[likely];
  const message = `the ${key === undefined ? 'values' : `values of "${key}"`} are ${what}, and are compared as text`;
  const hint = `declare "type: ${likely}", or "type: text" if that is meant`;
  report.at(() => START, { code: 'list-type', message, hint }, 'warning');
}

function emptyList(name: string, declaration: Declaration, file: RuleFile | undefined): CompiledList {
  const type: ListType = declaration.type ?? 'text';
  return {
    name,
    type,
    size: 0,
    columns: [],
    file: file?.path,
    declaration,
    length: 0,
    find: () => -1,
    valueAt: () => undefined,
    keys: () => [],
  };
}
