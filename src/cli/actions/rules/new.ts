/** Writes a new table file, or the draft of a rule. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suggest } from '../../../diagnostics/nearest.ts';
import { sortFiles } from '../../../rules/folder.ts';
import { knownSchema } from '../../../rules/known-schema.ts';
import type { TableSchema } from '../../../rules/schema/index.ts';
import { foreignCodeOf, messageOf, RelayError } from '../../../shared/errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { UsageError } from '../../usage-error.ts';
import { draftCommand } from './draft.ts';
import { loadIfThere, transformsDirectory, type WorkspaceOptions } from './workspace.ts';

export interface NewOptions extends Omit<WorkspaceOptions, 'paths'> {
  /** The table; with `from`, that of the row where the row does not say it. */
  readonly table?: string | undefined;
  /** A file with one row as JSON, from which a rule is drafted; `-` for standard input. */
  readonly from?: string | undefined;
}

/** `rules new TABLE`: writes a commented table file with the table's columns; with `from`, a rule. Never overwrites a file. */
export async function newCommand(options: NewOptions, out: Output): Promise<ExitCode> {
  const { table: name, from } = options;
  if (from !== undefined) return await draftCommand({ ...options, from }, out);
  if (name === undefined) throw new UsageError('table_needed', 'name a table, or a row with --from');
  const directory = await transformsDirectory(options);
  const known = knownSchema(sortFiles(await loadIfThere(directory)), () => {}).schema;
  const schema = known.find(name);
  if (schema === undefined) {
    const hint = suggest(name, known.tableNames);
    throw new RelayError('unknown_table', `no table "${name}" is known${hint ? `; ${hint}` : ''}`);
  }
  const path = join(directory, `${schema.table}.yaml`);
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(path, tableFileFor(schema), { flag: 'wx' });
  } catch (cause) {
    if (foreignCodeOf(cause) === 'EEXIST')
      throw new RelayError('file_exists', `${path} exists already`, { cause });
    throw new RelayError('file_unwritable', `${path}: ${messageOf(cause)}`, { cause });
  }
  out.print(path);
  return EXIT.ok;
}

/** The text of a new table file. It is valid as it is; everything optional is commented out. */
export function tableFileFor({ table, columns }: TableSchema): string {
  const widest = Math.max(...[...columns.keys()].map((name) => name.length));
  const listed = [...columns].map(([name, type]) => `#   ${name.padEnd(widest)}  ${type}`);
  const [column = 'Timestamp'] = [...columns].flatMap(([name, type]) => (type === 'string' ? name : []));
  const json = [...columns.keys()].filter((name) => name === 'AdditionalFields' || name === 'RawEventData');
  return `# yaml-language-server: $schema=../schemas/table.schema.json
table: ${table}

# Rows that match any entry go nowhere and raise nothing. Conditions are Sigma's.
# filter:
#   - title: Why these rows are not wanted
#     detection:
#       noise:
#         ${column}|startswith: [one, two]
#       condition: noise

# Steps in order. Filters, routes and detections see the row as it was before them.
# transform:
${json.map((name) => `#   - parse_json: ${name}\n`).join('')}#   - remove: [${column}]
#   - set: { environment: production }

# Where rows go. Without this key: to default_destinations of relay.yaml.
# routes:
#   - to: splunk
#   - to: soc-slack
#     severity: high
#     detection:
#       wanted: { ${column}|contains: something }
#       condition: wanted

tests:
  - title: rows are forwarded
    row: {}
    expect: { filtered: false }

# Columns of ${table}:
${listed.join('\n')}
`;
}
