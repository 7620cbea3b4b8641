/** docs/configuration.md, from the schema of relay.yaml. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { z } from 'zod';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { authorizationConfig } from '../../src/destinations/authorization.ts';
import { commonConfig } from '../../src/destinations/common.ts';
import { DESTINATIONS } from '../../src/destinations/list.ts';
import { unwrap } from '../../src/diagnostics/schema-walk.ts';
import { durationSchema, sizeSchema } from '../../src/shared/duration.ts';
import { code, deepTableOf, metaOf, rowOf, type Schema, table, tableOf } from './schema-table.ts';

const INTRO = `# relay.yaml

Generated from the schema in \`src/config/schema.ts\` by \`npm run generate\`: change it there.

- \`xdr-relay init\` writes a commented file, \`xdr-relay config\` checks it and prints it with its defaults.
- **Variables**: \`\${NAME}\` in a value is replaced from the environment, or from the file \`.env\` beside relay.yaml; the
  environment takes precedence. \`$$\` stands for one dollar sign. A missing or empty variable is an error.
  Line ends at the end of a variable, which \`echo\` adds to a file, are not part of the value, in the environment and in \`.env\`.
- **Files**: \`\${file:/run/secrets/token}\` is replaced by the whole file, at most 64 KiB, without line ends at its end. A relative path is
  below systemd's \`CREDENTIALS_DIRECTORY\` if that is set, else below the folder of relay.yaml. Not on Workers, which have no files.
- **Key Vault**: \`\${keyvault:NAME}\` is replaced by the newest version of a secret in the vault under \`key_vault\`, \`\${keyvault:NAME/VERSION}\` by
  that version. The relay asks with its own identity, and keeps what it has while the vault does not answer.
- Values from files and from Key Vault are shown by no command and in no log, whatever their key. A running relay takes changes of all of these:
  [reload](operations.md#reload).
- **Secrets** (marked below) must be written as such a reference; a literal secret in the file is an error, except for
  \`UseDevelopmentStorage=true\`. A secret that is sent in a header must not contain control characters, nor any beyond Latin-1.
- **Durations** are written \`500ms\`, \`30s\`, \`15m\`, \`2h\`, \`7d\`; **sizes** \`512B\`, \`64KiB\`, \`4MiB\`, \`1GiB\`. Each has bounds.
- **Editors** that know the YAML language server check the file while you type, with this first line:
  \`# yaml-language-server: $schema=<path to>/schemas/relay.schema.json\`
- The environment variable \`XDR_RELAY_LOG_LEVEL\` overrides \`log.level\`; \`XDR_RELAY_CONFIG\` names the file.
`;

/** docs/configuration.md: every key of relay.yaml with type, default and example. */
export function configurationPage(): string {
  const sections: string[] = [INTRO];
  const plain: [string, Schema][] = [];
  for (const [name, field] of Object.entries(relayConfigSchema.shape)) {
    const { schema } = unwrap(field);
    if (name === 'destinations' || name === 'alerts') continue;
    if (name === 'sources') {
      sections.push(listSection(name, field));
      continue;
    }
    const tableFor = name === 'console' ? deepTableOf : tableOf;
    if (schema instanceof z.ZodObject) sections.push(section(`## \`${name}\``, schema, tableFor(schema)));
    else plain.push([name, field]);
  }
  sections.push(destinationsSection(), listSection('alerts', relayConfigSchema.shape.alerts));
  sections.push(`## Other keys\n\n${table(plain.map(([name, field]) => rowOf(name, field)))}\n`);
  return sections.join('\n');
}

function destinationsSection(): string {
  const { destinations } = relayConfigSchema.shape;
  const common = Object.keys(commonConfig);
  const parts = DESTINATIONS.map(({ type, config, docs, example }) => {
    const table = tableOf(config, ['type', ...common]);
    return section(`### \`type: ${type}\``, config, `${docs}\n\n\`\`\`yaml\n${example}\`\`\`\n\n${table}`);
  });
  const every = section(
    '### Keys of every destination',
    z.strictObject(commonConfig),
    `${tableOf(z.strictObject(commonConfig))}\n\nTheir defaults by type:\n\n${defaultsTable()}`,
  );
  const all = [...parts, every, authorizationSection()];
  return `${section('## `destinations`', destinations, '')}\n${all.join('\n')}`;
}

/** The ways of `auth`, by their `type`. */
function authorizationSection(): string {
  const { schema } = unwrap(authorizationConfig);
  const ways = schema instanceof z.ZodDiscriminatedUnion ? schema.options : [];
  const parts = ways.flatMap((way) => {
    if (!(way instanceof z.ZodObject)) return [];
    const { type } = way.shape;
    const name = type instanceof z.ZodLiteral ? String(type.value) : '';
    return [`\`type: ${name}\`: ${metaOf(way).description}\n\n${tableOf(way, ['type'])}`];
  });
  return section('### `auth` of a destination', authorizationConfig, parts.join('\n\n'));
}

function defaultsTable(): string {
  const rows = DESTINATIONS.map((descriptor) => {
    const { batch, concurrency } = descriptor.defaults;
    const cells = [
      concurrency,
      batch.items,
      sizeSchema.encode(batch.bytes),
      durationSchema.encode(batch.ageMs),
      descriptor.needs === 'files' ? undefined : durationSchema.encode(descriptor.timeoutMs),
      descriptor.audience === 'machines' ? descriptor.shape : undefined,
    ];
    const shown = cells.map((cell) => (cell === undefined ? '' : code(cell)));
    return `| \`${descriptor.type}\` | ${shown.join(' | ')} |`;
  });
  const head =
    '| `type` | `concurrency` | `batch.items` | `batch.bytes` | `batch.age` | `timeout` | `shape` |';
  return [head, '|---|---|---|---|---|---|---|', ...rows].join('\n');
}

/** A key whose value is a list of mappings. */
function listSection(name: string, field: Schema): string {
  const { schema } = unwrap(field);
  const element = schema instanceof z.ZodArray ? unwrap(schema.element).schema : undefined;
  const body = element instanceof z.ZodObject ? tableOf(element) : '';
  return section(`## \`${name}\``, field, `A list; each entry has:\n\n${body}`);
}

function section(heading: string, schema: Schema, body: string): string {
  return [heading, metaOf(schema).description, body].filter(Boolean).join('\n\n').concat('\n');
}
