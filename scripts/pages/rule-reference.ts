/** docs/rule-reference.md, from the schemas of the rule files and the definitions of the steps. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { unwrap } from '../../src/diagnostics/schema-walk.ts';
import { exceptionsFile } from '../../src/rules/exceptions/schema.ts';
import { listFileForEditors, listsFile } from '../../src/rules/lists/declaration.ts';
import { overridesFile } from '../../src/rules/overrides/schema.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { schemaFile } from '../../src/rules/schema/own-file.ts';
import { MODIFIER_GUIDE, type ModifierGuide } from '../../src/rules/sigma/index.ts';
import { mappingFile } from '../../src/rules/sigma/mappings/file-schema.ts';
import { tableFileForEditors } from '../../src/rules/table/schema.ts';
import { testFile } from '../../src/rules/testing/schema.ts';
import { steps } from '../../src/rules/transforms/index.ts';
import type { Step } from '../../src/rules/transforms/step.ts';
import { deepTableOf, metaOf, typeText } from './schema-table.ts';

const INTRO = `# Rule files

Generated from the schemas in \`src/rules\` by \`npm run generate\`: change it there.

[rules.md](rules.md) is the guide to these files, and [recipes.md](recipes.md) has some to copy. The folder of rule files (\`transforms\`) holds:

| Files | What they are |
|---|---|
| \`<Table>.yaml\` | [Table files](#table-files): what happens to the rows of one Advanced Hunting table, one file per table |
| \`detections/**/*.yml\` | Sigma rules, as they are, and [correlations](rules.md#correlations) |
| \`exceptions/*.yml\` | [Exceptions](#exceptions): rows that raise no alerts of certain rules, until a day |
| \`overrides.yml\` | [Overrides](#overrides): other levels, destinations or groups for rules that others own |
| \`mappings/*.yaml\` | [Mapping files](#mapping-files): where a Sigma logsource is found in Defender's tables |
| \`lists/*\` | [Lists](#lists) of tools, addresses, domains and hashes, for \`\\|in_list\` and the step [\`lookup\`](#lookup); [rules.md](rules.md#lists) explains them |
| \`schema.yaml\` | [The schema file](#schema-file): tables and columns of your tenant |
| \`*.test.yaml\` | [Test files](#test-files): tests beside detections |

- \`xdr-relay rules new <Table>\` writes a table file with the table's columns, \`rules check\` checks all of them, \`rules test\` runs their
  tests, \`rules explain\` and \`rules run\` try them on rows.
- **Conditions** (\`detection\` in filters and routes) are Sigma's: named searches over columns, with [modifiers](#modifiers), and a \`condition\` over the searches.
- **Variables**: \`$NAME\` stands for a value under \`variables:\` in relay.yaml, \`$$\` for one dollar sign.
- **Editors**: [editor.md](editor.md) sets up the language server. Editors that know only the YAML language server check a file's form with this first line:
  \`# yaml-language-server: $schema=<path to>/schemas/table.schema.json\` (or \`sigma\` for detections, \`exceptions\`, \`overrides\`, \`mapping\`, \`schema\`, \`lists\`, \`list\`, \`test\`). \`xdr-relay rules schema\` writes the schemas.
`;

const TABLE_EXAMPLE = `table: DeviceProcessEvents
filter:
  - title: The sensor watching itself
    detection:
      sensor: { InitiatingProcessFileName: [MsSense.exe, SenseNdr.exe] }
      condition: sensor
transform:
  - parse_json: AdditionalFields
  - remove: [AppGuardContainerId]
routes:
  - to: splunk
  - to: soc-slack
    title: A download by a system tool
    severity: high
    detection:
      tool: { FileName: certutil.exe, ProcessCommandLine|contains: http }
      condition: tool
tests:
  - title: the sensor is not forwarded
    row: { InitiatingProcessFileName: MsSense.exe }
    expect: { filtered: The sensor watching itself }
`;

const EXCEPTIONS_EXAMPLE = `exceptions:
  - title: The backup agent deletes shadow copies
    rules: [Shadow Copies Deleted]
    detection:
      agent: { InitiatingProcessFileName: backup-agent.exe, DeviceName|startswith: backup- }
      condition: agent
    owner: backup team
    ticket: SEC-1042
    expires: 2026-12-31
`;

const OVERRIDES_EXAMPLE = `overrides:
  - title: Noisy here
    folder: sigmahq/windows/process_creation
    tags: attack.discovery
    level: low
  - rules: [Whoami]
    enabled: false
`;

const MAPPING_EXAMPLE = `mappings:
  - logsource: { product: windows, category: process_creation }
    tables:
      - table: DeviceProcessEvents
        where: { ActionType: [ProcessCreated] }
        fields:
          Image: FolderPath
          User:
            join: { columns: [AccountDomain, AccountName], with: '\\' }
`;

const TEST_EXAMPLE = `table: DeviceProcessEvents
tests:
  - title: whoami raises its alert
    row: { FileName: whoami.exe, FolderPath: 'C:\\Windows\\System32\\whoami.exe' }
    expect: { alerts: [Whoami] }
`;

const LISTS_EXAMPLE = `lists:
  c2_networks: { type: network, max_age: 2d }
  vips: { key: upn, updated: 2026-11-27 }
`;

const LIST_EXAMPLE = `type: domain
max_age: 30d
entries:
  - evil.example
  - { domain: bad.example, campaign: spring }
`;

const SCHEMA_EXAMPLE = `tables:
  DeviceEvents:
    ContosoTag: string
  ContosoEvents:
    Timestamp: datetime
    Actor: string
    Count: long
`;

/** What is known of columns, and how a tenant's own are added. */
const COLUMNS = `Rules are checked against the columns of each table and their types: a misspelt column is an error, as is \`|cidr\` on a number. What is
known comes from three places, of which a later one adds to the others and wins where types differ:

1. **What is shipped**: Microsoft's reference of Advanced Hunting, and columns that live tenants have beside it.
2. **The schema file**, \`transforms/schema.yaml\`: what your tenant has. Edit it, or let it be written:
   - \`xdr-relay schema import DeviceEvents.csv\` takes what the portal exports of
     \`DeviceEvents | getschema | project ColumnName, ColumnType\`: CSV (also as Excel writes it) or JSON, one table a file that is
     named after it, or with a column \`TableName\`. Only what is not shipped is written; a type that the file has stays unless you say
     \`--replace\`.
   - \`xdr-relay schema learn PT1H.json\` reads rows, from a file or a blob of relay.yaml's accounts, and proposes what they have
     and the schema does not; \`--write\` writes it. It also says where values contradict the schema.
   - \`xdr-relay schema diff\` shows what differs from what is shipped; given an export, also what your tenant lacks.
3. **\`columns\` of a table file**: the same for one table, in place: \`columns: { ContosoTag: string }\`.

A type that contradicts the one known before is a warning (\`type-conflict\`). Strings, identifiers and times do not contradict each
other, nor does anything contradict \`dynamic\`. A column that is a string as shipped and \`dynamic\` in the schema file stays a string:
the stream writes such columns as JSON text, which \`parse_json\` reads. \`check\`, \`test\`, \`explain\`, \`run\`, \`coverage\` and a
running relay, on Node and on Workers, all heed all three. A table that none of them knows is taken as it comes, with a warning.`;

/** The whole page. */
export function ruleReferencePage(): string {
  return [
    INTRO,
    fileSection('Table files', tableFileForEditors, TABLE_EXAMPLE, {
      leaveOut: ['transform', 'routes[].transform'],
    }),
    stepsSection(),
    modifiersSection(),
    fileSection('Exceptions', exceptionsFile, EXCEPTIONS_EXAMPLE),
    fileSection('Overrides', overridesFile, OVERRIDES_EXAMPLE),
    fileSection('Mapping files', mappingFile, MAPPING_EXAMPLE),
    fileSection('Schema file', schemaFile, SCHEMA_EXAMPLE, { prose: COLUMNS }),
    fileSection('Lists', listsFile, LISTS_EXAMPLE),
    fileSection('Lists in YAML or JSON', listFileForEditors, LIST_EXAMPLE),
    fileSection('Test files', testFile, TEST_EXAMPLE),
  ].join('\n');
}

function fileSection(
  title: string,
  schema: z.ZodObject,
  example: string,
  { leaveOut = [], prose = '' }: { readonly leaveOut?: readonly string[]; readonly prose?: string } = {},
): string {
  const { description = '' } = metaOf(schema);
  return [`## ${title}`, description, prose, yamlBlock(example), deepTableOf(schema, leaveOut)]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function stepsSection(): string {
  const links = steps.map(({ verb }) => `[\`${verb}\`](#${verb})`).join(', ');
  return `## Steps

A step of \`transform\` is a verb and what follows it; steps run in order: ${links}.

\`columns\` and the like take one column or a list. A column that the table does not have, or that a step before took away, is an error. Examples
are about DeviceProcessEvents unless they say otherwise, and each row is shown before and after the step.

\`if\` beside the verb takes Sigma's detection: the step then runs only for rows that match, as Defender wrote them.

\`\`\`yaml
- redact: { columns: AccountName }
  if: { person: { AccountUpn|endswith: '@contoso.com' }, condition: person }
\`\`\`

${steps.map(stepSection).join('\n')}`;
}

function stepSection({ verb, config, example }: Step): string {
  const { description = '' } = metaOf(config);
  const { table, before = [], value, row, result, variables, files = [] } = example;
  const { schema } = unwrap(config);
  const keys = schema instanceof z.ZodObject ? deepTableOf(schema) : `Value: ${typeText(config)}.`;
  return [
    `### \`${verb}\``,
    description,
    keys,
    yamlBlock([...before, { [verb]: value }].map((step) => `- ${inFlow(step, true)}\n`).join('')),
    ...given({ table, variables, files }),
    yamlBlock(`before: ${inFlow(row)}\nafter:  ${inFlow(result)}\n`),
  ]
    .join('\n\n')
    .concat('\n');
}

function modifiersSection(): string {
  const links = Object.keys(MODIFIER_GUIDE).map((name) => `[\`${name}\`](#${anchorOf(name)})`);
  return `## Modifiers

A modifier follows the name of a field and says how its value is compared: \`FileName|endswith: .ps1\`. Several modifiers apply in
order: \`CommandLine|contains|all\`. Without one, the value is equal to the whole field without regard to letter case, \`*\` stands for any
characters and \`?\` for one. A list of values matches if one of them does; several fields of a search must all match.
${links.join(', ')}.

${Object.entries(MODIFIER_GUIDE).map(modifierSection).join('\n')}`;
}

function modifierSection([name, { about, takes, example }]: readonly [string, ModifierGuide]): string {
  const { table, key, value, match, noMatch, variables, files = [] } = example;
  return [
    `### Modifier \`${name}\``,
    `${about} Takes ${takes}.`,
    yamlBlock(`${inFlow({ [key]: value }, true)}\n`),
    ...given({ table, variables, files }),
    yamlBlock(`match:    ${inFlow(match)}\nno match: ${inFlow(noMatch)}\n`),
  ]
    .join('\n\n')
    .concat('\n');
}

/** What an example needs beside itself. */
interface Given {
  readonly table: string | undefined;
  readonly variables: unknown;
  readonly files: readonly RuleFile[];
}

/** Says which table an example is about unless it is DeviceProcessEvents, and which variables and files it needs. */
function given({ table, variables, files }: Given): readonly string[] {
  return [
    ...(table === undefined ? [] : [`In ${table}:`]),
    ...(variables === undefined
      ? []
      : ['With this in relay.yaml:', yamlBlock(`variables: ${inFlow(variables)}\n`)]),
    ...files.flatMap(({ path, text, database }) =>
      database ? [`With a MaxMind database in \`${path}\`.`] : [`With \`${path}\`:`, `\`\`\`\n${text}\`\`\``],
    ),
  ];
}

function anchorOf(modifier: string): string {
  return `modifier-${modifier}`;
}

/** As `rules fmt` writes it: `{ a: b }` beside `[a, b]`. @param open leaves out the braces around the outermost mapping, which has one key. */
function inFlow(value: unknown, open = false): string {
  const padded = stringify(value, { collectionStyle: 'flow', lineWidth: 0 })
    .trim()
    .replace(/\[ /g, '[')
    .replace(/ \]/g, ']');
  return open ? padded.slice(2, -2) : padded;
}

function yamlBlock(text: string): string {
  return `\`\`\`yaml\n${text}\`\`\``;
}
