/** Lists the exceptions in the rule files, with their owners and their ends. */
import picocolors from 'picocolors';
import { type ExceptionState, exceptionState, type ListedException } from '../../../rules/exceptions/ends.ts';
import { systemClock } from '../../../shared/clock.ts';
import { DAY_MS } from '../../../shared/duration.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { hasErrors, printDiagnostics } from './check.ts';
import { inColumns } from './columns.ts';
import { openWorkspace, type WorkspaceOptions } from './workspace.ts';

export interface ExceptionsOptions extends WorkspaceOptions {
  readonly format: 'text' | 'json';
}

/** `rules exceptions`: lists exceptions. Exits with 1 if one has expired, or if the rule files have errors. */
export async function exceptionsCommand(options: ExceptionsOptions, out: Output): Promise<ExitCode> {
  const workspace = await openWorkspace(options);
  const { diagnostics, exceptions } = workspace.compiled;
  if (hasErrors(diagnostics)) {
    printDiagnostics(diagnostics, workspace, { format: 'text' }, out);
    return EXIT.failed;
  }
  const now = systemClock.now();
  const meant = exceptions
    .filter(({ file }) => workspace.isMeant(file))
    .map((one) => ({ ...one, file: workspace.nameOf(one.file), state: exceptionState(one, now) }));
  if (options.format === 'json') out.print(JSON.stringify(meant.map(asJson), undefined, 2));
  else if (meant.length === 0) out.print(`${workspace.directory}: no exceptions`);
  else out.print(asText(meant, now, out.color));
  return meant.some(({ state }) => state === 'expired') ? EXIT.failed : EXIT.ok;
}

type Shown = ListedException & { readonly state: ExceptionState };

function asJson({ expiresAt, ...one }: Shown): object {
  return { ...one, ...(expiresAt !== undefined && { expires: new Date(expiresAt).toISOString() }) };
}

function asText(list: readonly Shown[], now: number, color: boolean): string {
  const paint = picocolors.createColors(color);
  const lines = list.flatMap((one) => {
    const cells = [
      one.expires ?? 'no end',
      remaining(one, now),
      one.title,
      `${one.rules.length} ${one.rules.length === 1 ? 'rule' : 'rules'}`,
      one.owner ?? '',
      one.ticket ?? '',
      `${one.file}:${one.line}`,
    ];
    return [cells];
  });
  const rows = inColumns([['ends', '', 'exception', 'narrows', 'owner', 'ticket', ''], ...lines]).split('\n');
  const [head = '', ...rest] = rows;
  return [
    paint.bold(head),
    ...rest.map((row, n) => {
      const state = list[n]?.state;
      if (state === 'expired') return paint.red(row);
      return state === 'ends-soon' ? paint.yellow(row) : row;
    }),
  ].join('\n');
}

function remaining({ state, expiresAt = 0 }: Shown, now: number): string {
  if (state === 'expired') return 'expired';
  if (state === 'in-force') return '';
  const days = Math.ceil((expiresAt - now) / DAY_MS);
  return `in ${days} ${days === 1 ? 'day' : 'days'}`;
}
