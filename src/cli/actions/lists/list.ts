/** Lists the lists of the rule files, with their size and age. */
import { agedLists } from '../../../rules/lists/age.ts';
import { systemClock } from '../../../shared/clock.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import type { WorkspaceOptions } from '../rules/workspace.ts';
import { openLists } from './open.ts';
import { listTable } from './table.ts';

export interface ListListsOptions extends WorkspaceOptions {
  readonly format: 'table' | 'json';
}

/** `lists list`: the lists by name. Exits with 1 if one of their files has errors. */
export async function listLists(options: ListListsOptions, out: Output): Promise<ExitCode> {
  const { lists, files } = await openLists(options, out);
  if (!lists) return EXIT.failed;
  const aged = agedLists(lists.values(), files, systemClock.now());
  if (options.format === 'json') {
    for (const { list, written, isOld } of aged) {
      const { name, type, size, columns, file, declaration } = list;
      const about = {
        name,
        type,
        entries: size,
        columns,
        file,
        max_age_ms: declaration.max_age,
        written,
        too_old: isOld,
      };
      out.print(JSON.stringify(about));
    }
    return EXIT.ok;
  }
  out.print(
    aged.length === 0 ? 'there are no lists: put CSV, text, YAML or JSON files into lists/' : listTable(aged),
  );
  return EXIT.ok;
}
