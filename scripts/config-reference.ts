// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** Writes the reference of relay.yaml, docs/configuration.md, and its JSON Schema from the schema. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { relayConfigSchema } from '../src/config/schema.ts';
import { commonConfig } from '../src/destinations/common.ts';
import { DESTINATIONS } from '../src/destinations/list.ts';
import { unwrap } from '../src/diagnostics/schema-walk.ts';
import { durationSchema, sizeSchema } from '../src/shared/duration.ts';

type Schema = z.core.$ZodType;

const INTRO = `# relay.yaml

Generated from the schema in \`src/config/schema.ts\` by \`node scripts/config-docs.ts\`: change it there.

- \`xdr-relay init\` writes a commented file, \`xdr-relay config\` checks it and prints it with its defaults.
- **Variables**: \`\${NAME}\` in a value is filled in from the environment, or from the file \`.env\` beside relay.yaml; what is
  set in the environment wins. \`$$\` stands for one dollar sign. A variable that is missing or empty is an error.
  Line ends at the end of a variable, as files have that \`echo\` made, are no part of the value, in the environment and in \`.env\`.
- **Secrets** (marked below) must be given as \`\${NAME}\`. One that is written out in the file is an error. The exception is
  \`UseDevelopmentStorage=true\`. One that travels in a header must fit there: no control characters, nothing beyond Latin-1.
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
    if (schema instanceof z.ZodObject) sections.push(section(`## \`${name}\``, field, tableOf(schema)));
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
  return `${section('## `destinations`', destinations, '')}\n${[...parts, every].join('\n')}`;
}

function defaultsTable(): string {
  const rows = DESTINATIONS.map((descriptor) => {
    const { batch, concurrency } = descriptor.defaults;
    const cells = [
      concurrency,
      batch.items,
      sizeSchema.encode(batch.bytes),
      durationSchema.encode(batch.ageMs),
      descriptor.needs === 'http' ? durationSchema.encode(descriptor.timeoutMs) : undefined,
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

function tableOf(schema: z.ZodObject, leaveOut: readonly string[] = []): string {
  const rows = Object.entries(schema.shape).flatMap(([name, field]): Row[] => {
    if (leaveOut.includes(name)) return [];
    const { schema: inner } = unwrap(field);
    if (!(inner instanceof z.ZodObject)) return [rowOf(name, field)];
    return Object.entries(inner.shape).map(([key, one]) => rowOf(`${name}.${key}`, one));
  });
  return table(rows);
}

type Row = readonly [key: string, type: string, fallback: string, example: string, description: string];

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${row.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`);
  return ['| Key | Type | Default | Example | |', '|---|---|---|---|---|', ...lines].join('\n');
}

function rowOf(name: string, field: Schema): Row {
  const { description = '', examples } = metaOf(field);
  const fallback = defaultOf(field);
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  const required = fallback === undefined && !(field instanceof z.ZodOptional);
  const secret = unwrap(elementOf(field)).secrecy === 'always' ? ' **Secret.**' : '';
  return [
    `\`${name}\``,
    typeText(field),
    required ? '**required**' : fallback === undefined ? '' : code(fallback),
    example === undefined ? '' : code(example),
    `${description}${secret}`,
  ];
}

function elementOf(field: Schema): Schema {
  const { schema } = unwrap(field);
  return schema instanceof z.ZodArray ? schema.element : field;
}

/** What a key of this schema holds, in a few words. */
function typeText(field: Schema): string {
  const { schema } = unwrap(field);
  const title = titleOf(field);
  if (title) return title;
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${option}\``).join(', ');
  if (schema instanceof z.ZodBoolean) return '`true`, `false`';
  if (schema instanceof z.ZodArray) return `list of ${typeText(schema.element)}`;
  if (schema instanceof z.ZodRecord) return `mapping of names to ${typeText(schema.valueType)}`;
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => typeText(option)).join(' or ');
  if (schema instanceof z.ZodURL) return 'address';
  if (schema instanceof z.ZodNumber) {
    const { minimum, maximum } = z.toJSONSchema(schema);
    return minimum === undefined ? 'number' : `${minimum} to ${maximum}`;
  }
  return 'text';
}

function titleOf(field: Schema): string | undefined {
  let layer = field;
  for (;;) {
    const { title } = metaOf(layer);
    if (title) return title;
    if (layer instanceof z.ZodOptional || layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault) {
      layer = layer.unwrap();
    } else {
      return undefined;
    }
  }
}

function defaultOf(field: Schema): unknown {
  if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault) return field.def.defaultValue;
  return undefined;
}

function metaOf(schema: Schema): z.core.GlobalMeta {
  return z.globalRegistry.get(schema) ?? {};
}

/** A value as YAML in one line. */
function code(value: unknown): string {
  const yaml = stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false });
  return `\`${yaml.trim()}\``;
}

/** schemas/relay.schema.json: JSON Schema (draft 7, which editors know best) of relay.yaml as it is written. */
export function relayJsonSchema(): Record<string, unknown> {
  const json = z.toJSONSchema(relayConfigSchema, { io: 'input', target: 'draft-7' });
  return {
    ...(forEditors(json) as Record<string, unknown>),
    title: 'relay.yaml, the configuration of xdr-relay',
    definitions: {
      variable: {
        type: 'string',
        pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}',
        description: 'From the environment.',
      },
    },
  };
}

const VARIABLE = { $ref: '#/definitions/variable' };

/** Any value may be a `${NAME}`, whatever its type; a secret must be one. */
function forEditors(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forEditors);
  if (typeof node !== 'object' || node === null) return node;
  const { secrecy, title, ...rest } = node as Readonly<Record<string, unknown>>;
  if (secrecy === 'always') return { ...annotations(rest), allOf: [VARIABLE] };
  if ('const' in rest || rest.type === 'object' || rest.type === 'array' || !isValue(rest)) {
    return Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, NOT_SCHEMAS.has(key) ? value : forEditors(value)]),
    );
  }
  const constraints = Object.fromEntries(Object.entries(rest).filter(([key]) => !ANNOTATIONS.has(key)));
  if (constraints.type === 'string' && Object.keys(constraints).length === 1) return rest;
  return { ...annotations(rest), anyOf: [constraints, VARIABLE] };
}

const ANNOTATIONS = new Set(['description', 'default', 'examples']);
/** Keywords that hold data; and names of keys, which are never variables. */
const NOT_SCHEMAS = new Set(['default', 'examples', 'propertyNames', 'required', 'enum', 'const']);

function isValue(node: Readonly<Record<string, unknown>>): boolean {
  return (
    node.type === 'string' || node.type === 'number' || node.type === 'integer' || node.type === 'boolean'
  );
}

function annotations(node: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(node).filter(([key]) => ANNOTATIONS.has(key)));
}
