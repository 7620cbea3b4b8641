/** The page docs/shapes.md: what rows become in the shapes `ecs` and `ocsf`. */
import { parse } from 'yaml';
import { findTable, tableNames } from '../../src/rules/schema/index.ts';
import { ECS_VERSION } from '../../src/rules/shapes/ecs/fields-data.ts';
import { ABOUT_FORMS } from '../../src/rules/shapes/forms.ts';
import type {
  PartEntry,
  PlacementEntry,
  ShapeGroups,
  ShapeMapping,
} from '../../src/rules/shapes/mapping-file.ts';
import { OCSF_VERSION } from '../../src/rules/shapes/ocsf/schema-data.ts';
import { SHIPPED_MAPPINGS } from '../../src/rules/shapes/shipped.ts';
import type { MappedShape } from '../../src/shared/event.ts';

const INTRODUCTION = `# Shapes

Generated from the mapping files in \`transforms/shapes\` by \`npm run generate\`.

\`shape:\` of a destination says in which form it gets rows: \`raw\` and \`relay\` (docs/configuration.md), or normalised:

- **\`ecs\`**: an event of the [Elastic Common Schema](https://www.elastic.co/docs/reference/ecs) ${ECS_VERSION}. What has no field stands under
  \`microsoft.defender_xdr\`, under the column's own name; blob and offset stand under \`xdr_relay\`.
- **\`ocsf\`**: an event of the [Open Cybersecurity Schema Framework](https://schema.ocsf.io) ${OCSF_VERSION}. What has no attribute stands under
  \`unmapped\`.

## What holds for both

- **Every event is valid** by the official schema, whatever the row holds. A value that cannot be converted to its field's type stays where custom
  values are, and the row goes on. In OCSF a row that lacks what its class requires takes another class of its table's mapping, at last
  \`base_event\`; \`xdr_relay_base_events_total\` counts those by table and ActionType.
- **Nothing is lost.** A column also stays where custom values are if its field holds it in another form (a host name in lower case, a code for a
  word). Empty values (\`null\`, \`""\`) are left out. In OCSF a
  column of your own named \`xdr_relay\` is \`unmapped.xdr_relay_\`: \`unmapped.xdr_relay\` says where the event came from.
- **Transforms hold.** A mapping reads the row behind the steps of the table file: what they removed, hashed or redacted is so here, too, and a
  renamed column is mapped as the column that it was.
- **Alerts are records of their own**: \`event.kind: alert\` with \`rule.*\` and \`threat.*\` in ECS; a Detection Finding (2004) with \`finding_info\` and
  the row's fields as \`evidences\` in OCSF. Their id (\`event.id\`, \`metadata.uid\`) comes from the row's id and the rule's; the row's own is
  \`xdr_relay.event_id\`. \`event.url\` and \`finding_info.src_url\` are the alert's first page in Defender's portal, where ids in the row allow one (in OCSF
  else the rule's first reference); a record in the shape \`relay\` lists all of them under \`links\`.
- In OCSF \`metadata.uid\` is the event id, \`metadata.original_time\` the time with all its digits. \`metadata.profiles\` names the profiles that an event
  uses: host, cloud, security_control, container. The profile datetime is not used: \`time\` and \`metadata.original_time\` say the same.
- The next version of OCSF is 1.9.0. It deprecates \`account_change\` (3001), which IdentityDirectoryEvents use, in favour of \`user_management\` (3007).

## Check it

\`\`\`sh
xdr-relay rules run PT1H.json --shape ocsf --validate      # the events, and each violation of the schema
xdr-relay rules explain --row row.json --shape ecs         # which line of which file gave a field
\`\`\`

## Your own mappings

\`transforms/shapes/ecs/<Table>.yaml\` and \`transforms/shapes/ocsf/<Table>.yaml\` lie over the shipped files of the same names, column by column and field by
field; \`null\` takes a column out of its field. \`groups.yaml\` beside them has columns that several tables share. \`rules check\` reports a column that
the table lacks, a field that the schema lacks or that every event has filled already (\`event.id\`, \`class_uid\`), and a value that its field
cannot hold, at its place.

\`\`\`yaml
# yaml-language-server: $schema=../../../schemas/shape.schema.json
table: DeviceProcessEvents
columns:
  AppGuardContainerId: container.id                         # column -> field
  AccountDomain: null                                       # stays under microsoft.defender_xdr
  ProcessCommandLine:
    - process.command_line
    - { to: process.title, when: { shell: { FileName: [cmd.exe, powershell.exe] }, condition: shell } }
set: { event.kind: event }                                  # always
actions:
  ProcessCreated: { set: { event.type: [start, info] } }    # rows of one ActionType
\`\`\`

\`as\` says what a value is where its text says more than the field's type:

| \`as\` | |
| --- | --- |
`;

const NO_CLASS: Readonly<Record<string, string>> = {
  MessageEvents: 'OCSF has no class for chat messages',
  MessagePostDeliveryEvents: 'OCSF has no class for chat messages',
  MessageUrlInfo: 'OCSF has no class for chat messages',
};

/** The text of docs/shapes.md. */
export function shapesPage(): string {
  const forms = Object.entries(ABOUT_FORMS).map(([form, about]) => `| \`${form}\` | ${about} |`);
  const mapped = tableNames.filter((table) => mappingOf('ecs', table) ?? mappingOf('ocsf', table));
  const others = tableNames.filter((table) => !mapped.includes(table));
  return [
    `${INTRODUCTION}${forms.join('\n')}`,
    '',
    '## Tables',
    '',
    `Tables that are not listed (${others.join(', ')}, and tables that Microsoft adds) have no mapping: their events have the fields that every`,
    'event has, and their columns among the custom values; in OCSF they are `base_event`.',
    '',
    ...mapped.flatMap(tableSection),
  ].join('\n');
}

function mappingOf(shape: MappedShape, table: string): ShapeMapping | undefined {
  const text = SHIPPED_MAPPINGS[`shapes/${shape}/${table}.yaml`];
  return text === undefined ? undefined : (parse(text) as ShapeMapping);
}

function groupsOf(shape: MappedShape): ShapeGroups['groups'] {
  return (parse(SHIPPED_MAPPINGS[`shapes/${shape}/groups.yaml`] ?? 'groups: {}') as ShapeGroups).groups;
}

type Placements = Map<string, Set<string>>;

function tableSection(table: string): string[] {
  const ecs = placementsOf('ecs', table);
  const ocsf = placementsOf('ocsf', table);
  const className = mappingOf('ocsf', table)?.class ?? 'base_event';
  const why = NO_CLASS[table];
  const columns = findTable(table)?.columns;
  const names = [...new Set([...ecs.keys(), ...ocsf.keys()])];
  const rows = names
    .filter((name) => columns?.has(name.split('.')[0] ?? ''))
    .map((column) => `| \`${column}\` | ${cell(ecs.get(column))} | ${cell(ocsf.get(column))} |`);
  return [
    `### ${table}`,
    '',
    `OCSF class: \`${className}\`${classesOf(table)}${why === undefined ? '' : ` (${why})`}.`,
    '',
    '| Column | ECS | OCSF |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ];
}

function classesOf(table: string): string {
  const mapping = mappingOf('ocsf', table);
  const parts = [...Object.values(mapping?.actions ?? {}), ...(mapping?.otherwise ?? [])];
  const others = [...new Set(parts.flatMap((part) => part.class ?? []))].filter(
    (one) => one !== mapping?.class,
  );
  return others.length === 0 ? '' : `; for some rows ${others.map((one) => `\`${one}\``).join(', ')}`;
}

function placementsOf(shape: MappedShape, table: string): Placements {
  const mapping = mappingOf(shape, table);
  const found: Placements = new Map();
  if (!mapping) return found;
  const groups = groupsOf(shape);
  const own = new Set(Object.keys(mapping.columns ?? {}));
  for (const name of mapping.use ?? []) add(found, groups[name] ?? {}, (column) => !own.has(column));
  add(found, mapping, () => true);
  for (const part of Object.values(mapping.actions ?? {})) add(found, part, () => true);
  for (const part of [...(mapping.cases ?? []), ...(mapping.otherwise ?? [])]) add(found, part, () => true);
  return found;
}

function add(
  found: Placements,
  { columns }: Pick<PartEntry, 'columns'>,
  isWanted: (column: string) => boolean,
): void {
  for (const [column, given] of Object.entries(columns ?? {})) {
    if (given === null || !isWanted(column)) continue;
    const entries: readonly (string | PlacementEntry)[] = Array.isArray(given) ? given : [given];
    const fields = found.get(column) ?? new Set();
    for (const entry of entries) {
      const to = typeof entry === 'string' ? entry : entry.to;
      for (const field of typeof to === 'string' ? [to] : to) fields.add(field);
    }
    found.set(column, fields);
  }
}

function cell(fields: ReadonlySet<string> | undefined): string {
  return fields ? [...fields].map((field) => `\`${field}\``).join(', ') : '';
}
