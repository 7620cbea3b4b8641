/** docs/rule-reference.md, from the schemas of the rule files and the definitions of the steps. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { unwrap } from '../../src/diagnostics/schema-walk.ts';
import { mappingFile } from '../../src/rules/sigma/mappings/file-schema.ts';
import { tableFileForEditors } from '../../src/rules/table/schema.ts';
import { testFile } from '../../src/rules/testing/schema.ts';
import { steps } from '../../src/rules/transforms/index.ts';
import type { Step } from '../../src/rules/transforms/step.ts';
import { deepTableOf, metaOf, typeText } from './schema-table.ts';

const INTRO = `# Rule files

Generated from the schemas in \`src/rules\` by \`npm run generate\`: change it there.

The folder of rule files (\`transforms\`) holds:

| Files | What they are |
|---|---|
| \`<Table>.yaml\` | [Table files](#table-files): what happens to the rows of one Advanced Hunting table, one file per table |
| \`detections/**/*.yml\` | Sigma rules, as they are, and [correlations](rules.md) |
| \`mappings/*.yaml\` | [Mapping files](#mapping-files): where a Sigma logsource is found in Defender's tables |
| \`*.test.yaml\` | [Test files](#test-files): tests beside detections |

- \`xdr-relay rules new <Table>\` writes a table file with the table's columns, \`rules check\` checks all of them, \`rules test\` runs their
  tests, \`rules explain\` and \`rules run\` try them on rows.
- **Conditions** (\`detection\` in filters and routes) are Sigma's: named searches over columns, and a \`condition\` over the searches.
- **Variables**: \`$NAME\` stands for a value under \`variables:\` in relay.yaml, \`$$\` for one dollar sign.
- **Editors** that know the YAML language server check a file while you type, with this first line:
  \`# yaml-language-server: $schema=<path to>/schemas/table.schema.json\` (or \`mapping\`, \`test\`). \`xdr-relay rules schema\` writes the schemas.
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

/** The whole page. */
export function ruleReferencePage(): string {
  return [
    INTRO,
    fileSection('Table files', tableFileForEditors, TABLE_EXAMPLE, ['transform']),
    stepsSection(),
    fileSection('Mapping files', mappingFile, MAPPING_EXAMPLE),
    fileSection('Test files', testFile, TEST_EXAMPLE),
  ].join('\n');
}

function fileSection(
  title: string,
  schema: z.ZodObject,
  example: string,
  leaveOut: readonly string[] = [],
): string {
  const { description = '' } = metaOf(schema);
  return [`## ${title}`, description, yamlBlock(example), deepTableOf(schema, leaveOut)]
    .join('\n\n')
    .concat('\n');
}

function stepsSection(): string {
  const links = steps.map(({ verb }) => `[\`${verb}\`](#${verb})`).join(', ');
  return `## Steps

A step of \`transform\` is a verb and what follows it; steps run in order: ${links}.

\`columns\` and the like take one column or a list. A column that the table does not have, or that a step before took away, is an error.

${steps.map(stepSection).join('\n')}`;
}

function stepSection({ verb, config }: Step): string {
  const { description = '', examples } = metaOf(config);
  const [example] = Array.isArray(examples) ? examples : [];
  const { schema } = unwrap(config);
  const value = schema instanceof z.ZodObject ? deepTableOf(schema) : `Value: ${typeText(config)}.`;
  return [`### \`${verb}\``, description, yamlBlock(`- ${verb}: ${inFlow(example)}\n`), value]
    .join('\n\n')
    .concat('\n');
}

/** As `rules fmt` writes it: `{ a: b }` beside `[a, b]`. */
function inFlow(value: unknown): string {
  const padded = stringify(value, { collectionStyle: 'flow', lineWidth: 0 });
  return padded.trim().replace(/\[ /g, '[').replace(/ \]/g, ']');
}

function yamlBlock(text: string): string {
  return `\`\`\`yaml\n${text}\`\`\``;
}
