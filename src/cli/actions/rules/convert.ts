/** Writes rules as queries of Advanced Hunting. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodedQuery } from '../../../destinations/alert-view/hunting.ts';
import { portalPage } from '../../../destinations/alert-view/links.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../../diagnostics/render.ts';
import { sortFiles } from '../../../rules/folder.ts';
import { type Conversion, type ConvertContext, convertRule } from '../../../rules/kql/convert.ts';
import { convertCorrelation } from '../../../rules/kql/correlation.ts';
import { convertTableFile } from '../../../rules/kql/table-file.ts';
import { systemClock } from '../../../shared/clock.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { mustBeNew } from '../must-be-new.ts';
import { hasErrors, printDiagnostics } from './check.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

export interface ConvertOptions extends WorkspaceOptions {
  readonly to: 'kql';
  /** A timespan of KQL. */
  readonly over?: string | undefined;
  readonly format: 'text' | 'json';
  /** The folder into which a file is written for each rule. */
  readonly out?: string | undefined;
  /** Whether files that exist already are overwritten. Without it, nothing is written if one of them does. */
  readonly force?: boolean | undefined;
  readonly link: boolean;
  readonly tenant?: string | undefined;
}

/** A longer address is refused on its way to the portal. Characters. */
const LONGEST_LINK = 8_000;

/** `rules convert`: prints or writes the query of each rule. Exits with 1 if one of them has none. */
export async function convertCommand(options: ConvertOptions, out: Output): Promise<ExitCode> {
  const workspace = await openWorkspace(options);
  const mistakes = workspace.compiled.diagnostics.filter(
    ({ file, severity }) => severity === 'error' && workspace.isMeant(file),
  );
  const conversions = convertAll(workspace, options.over);
  const refused = conversions.flatMap(({ diagnostics }) => diagnostics.filter(isError));
  const printed = { workspace, options, out };
  if (options.out !== undefined) await writeAll(conversions, options.out, printed);
  else print(conversions, printed);
  if (options.format === 'text' && refused.length > 0) {
    out.note(renderDiagnostics(workspace.located(refused), workspace.sources));
  }
  if (mistakes.length > 0) printDiagnostics(mistakes, workspace, { format: 'text' }, noteTo(out));
  return hasErrors(refused) || mistakes.length > 0 ? EXIT.failed : EXIT.ok;
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** An Output that writes results among the notes. */
function noteTo(out: Output): Output {
  return { ...out, color: out.noteColor, print: (text) => out.note(text) };
}

function convertAll(workspace: Workspace, over: string | undefined): readonly Conversion[] {
  const { program, schema, compiledRules, correlations } = workspace.compiled;
  const filtersOf = (table: string) =>
    program?.tables.get(table.toLowerCase())?.filters.map(({ title }) => title) ?? [];
  const context: ConvertContext = { schema, now: systemClock.now(), over, filtersOf };
  const meant = Map.groupBy(
    compiledRules.filter(({ rule }) => workspace.isMeant(rule.file)),
    ({ rule }) => rule,
  );
  return [
    ...sortFiles(workspace.files)
      .tables.filter(({ path }) => workspace.isMeant(path))
      .flatMap((file) => (program ? convertTableFile(file, program, context) : [])),
    ...[...meant.values()].map((one) => convertRule(one, context)),
    ...correlations.correlations
      .filter(({ correlation }) => workspace.isMeant(correlation.file))
      .map(({ correlation }) =>
        convertCorrelation(correlation, { rules: compiledRules, program: correlations }, context),
      ),
  ];
}

function linkOf({ query }: Conversion, { link, tenant }: ConvertOptions): string | undefined {
  if (!link || query === undefined) return undefined;
  const url = portalPage('/v2/advanced-hunting', tenant, {
    query: encodedQuery(query),
    timeRangeId: 'month',
  });
  return url.length <= LONGEST_LINK ? url : undefined;
}

/** A query with its address below it; the comment says if there is none. */
function textOf(conversion: Conversion, options: ConvertOptions): string {
  const link = linkOf(conversion, options);
  if (!options.link) return conversion.query ?? '';
  return `${conversion.query}\n// ${link ?? 'no address: the query is too long for one'}`;
}

/** How conversions are shown. */
interface Printed {
  readonly workspace: Workspace;
  readonly options: ConvertOptions;
  readonly out: Output;
}

function print(conversions: readonly Conversion[], { workspace, options, out }: Printed): void {
  if (options.format === 'json') {
    out.print(
      JSON.stringify(
        conversions.map((one) => reportOf(one, workspace, options)),
        undefined,
        2,
      ),
    );
    return;
  }
  const queries = conversions.filter(({ query }) => query !== undefined);
  if (queries.length > 0) out.print(queries.map((one) => textOf(one, options)).join('\n\n'));
  if (conversions.length === 0) out.note(`${workspace.directory}: there is nothing to convert`);
}

function reportOf(conversion: Conversion, workspace: Workspace, options: ConvertOptions): object {
  const { title, id, file, line, tables, query, diagnostics } = conversion;
  return {
    title,
    id: id ?? null,
    file: workspace.nameOf(file),
    line,
    tables,
    query: query ?? null,
    ...(options.link && { link: linkOf(conversion, options) ?? null }),
    notes: workspace.located(diagnostics),
  };
}

async function writeAll(
  conversions: readonly Conversion[],
  folder: string,
  { workspace, options, out }: Printed,
): Promise<void> {
  const names = new Set<string>();
  const files = conversions.flatMap((one) =>
    one.query === undefined ? [] : [{ path: join(folder, `${fileNameFor(one, names)}.kql`), one }],
  );
  if (!options.force) await mustBeNew(files.map(({ path }) => path));
  try {
    await mkdir(folder, { recursive: true });
    for (const { path, one } of files) {
      await writeFile(path, `${textOf(one, options)}\n`, { flag: options.force ? 'w' : 'wx' });
    }
  } catch (cause) {
    throw new RelayError('file_unwritable', `${folder}: ${messageOf(cause)}`, { cause });
  }
  if (options.format === 'json') {
    out.print(
      JSON.stringify(
        conversions.map((one) => reportOf(one, workspace, options)),
        undefined,
        2,
      ),
    );
  } else
    out.print(
      `${folder}: ${plural(files.length, 'query', 'queries')} of ${plural(conversions.length, 'rule')}`,
    );
}

/** A name made of the rule's file, and of its title if the file holds several rules. Nothing in a title can leave the folder. */
function fileNameFor({ file, title }: Conversion, taken: Set<string>): string {
  const base = file.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
  const plain = (text: string) => text.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 80);
  let name = plain(base);
  if (taken.has(name)) name = `${plain(base)}-${plain(title)}`;
  for (let again = 2; taken.has(name); again++) name = `${plain(base)}-${again}`;
  taken.add(name);
  return name;
}
