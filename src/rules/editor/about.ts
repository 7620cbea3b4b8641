/** What editors say of a name, in Markdown: a column, a field, a modifier, a key, a list, a rule, a tag, a destination. */
import { tacticOf, techniqueName } from '../../shared/attack.ts';
import { formatAge, plural } from '../../shared/readable.ts';
import { MODIFIER_GUIDE } from '../sigma/language/modifier-guide.ts';
import { isModifier, MODIFIERS } from '../sigma/language/modifiers.ts';
import { columnGuide } from './column-guide.ts';
import type { KnownColumn, KnownField } from './fields.ts';
import type { ModelDestination, ModelList, ModelRule } from './model.ts';
import type { SchemaOption } from './schema-options.ts';

/** A text of Markdown in which characters of names mean nothing. */
export function escaped(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~-]/g, '\\$&');
}

/** Code that stands in a line; a name cannot end it. */
export function code(text: string): string {
  return `\`${text.replace(/[`\r\n]/g, ' ')}\``;
}

/** A column: the tables that have it, its Kusto type, what it holds, an example. */
export function aboutColumn(columns: readonly KnownColumn[]): string {
  const [first] = columns;
  if (!first) return '';
  const types = [...new Set(columns.map(({ type }) => type))].join(' or ');
  const tables = [...new Set(columns.map(({ table }) => table))];
  const named = tables.slice(0, 4).join(', ');
  const more = tables.length > 4 ? ` and ${tables.length - 4} more tables` : '';
  const guide = columnGuide(first.name);
  return paragraphs(
    `**${first.name}**: ${types}, in ${named}${more}`,
    guide?.about,
    guide?.example === undefined ? undefined : `Example: ${code(guide.example)}`,
  );
}

/** A field of a log source: the columns that hold it. */
export function aboutField(fields: readonly KnownField[]): string {
  const [first] = fields;
  if (!first) return '';
  const places = [
    ...new Set(fields.map(({ table, columns }) => `${table}: ${columns.map(code).join(', ')}`)),
  ];
  const guide = first.columns[0] === undefined ? undefined : columnGuide(first.columns[0]);
  return paragraphs(
    `**${first.name}**, a field of Sigma's taxonomy`,
    `Read from ${places.slice(0, 4).join('; ')}`,
    guide?.about,
  );
}

/** A modifier of a field; undefined for an unknown name. */
export function aboutModifier(name: string): string | undefined {
  if (!isModifier(name)) return undefined;
  const { about, takes, example } = MODIFIER_GUIDE[name];
  const shown = `${example.key}: ${JSON.stringify(example.value)}`;
  return paragraphs(`**|${name}**`, about, `Takes ${takes}.`, fenced(shown));
}

export const MODIFIER_NAMES: readonly string[] = MODIFIERS;

/** A key of a schema. */
export function aboutKey({ name, about, example, takes, isRequired }: SchemaOption): string {
  const shown = example === undefined ? undefined : fenced(`${name}: ${JSON.stringify(example)}`);
  return paragraphs(`**${escaped(name)}**: ${takes}${isRequired ? ', required' : ''}`, about, shown);
}

/** A list: its type, its size, its age. */
export function aboutList({ name, type, size, columns, file, age, isOld, description }: ModelList): string {
  const written =
    age === undefined ? undefined : `${formatAge(age)} old${isOld ? ', older than it may be' : ''}`;
  return paragraphs(
    `**${escaped(name)}**: a list of type ${type} with ${plural(size, 'entry', 'entries')}`,
    description === undefined ? undefined : escaped(description),
    columns.length > 0 ? `Columns beside the key: ${columns.map(code).join(', ')}` : undefined,
    [file === undefined ? 'no file yet' : code(file), written]
      .filter((part) => part !== undefined)
      .join(', '),
  );
}

export function aboutRule({ kind, title, id, level, file }: ModelRule): string {
  return paragraphs(
    `**${escaped(title)}**: a ${kind} of level ${level}`,
    [id === undefined ? undefined : code(id), code(file)].filter((part) => part !== undefined).join(', '),
  );
}

export function aboutDestination({ name, type }: ModelDestination): string {
  return `**${escaped(name)}**: a destination of relay.yaml${type === undefined ? '' : ` of the type ${code(type)}`}`;
}

/** A tag of ATT&CK; undefined for other tags. */
export function aboutTag(tag: string): string | undefined {
  const name = /^attack\.([\w.-]{1,40})$/i.exec(tag)?.[1];
  if (name === undefined) return undefined;
  const tactic = tacticOf(name);
  if (tactic)
    return paragraphs(`**${tactic.id} ${tactic.name}**, a tactic of ATT&CK`, linkTo(`tactics/${tactic.id}`));
  const technique = techniqueName(name);
  if (technique === undefined) return undefined;
  const id = name.toUpperCase();
  return paragraphs(
    `**${id} ${technique}**, a technique of ATT&CK`,
    linkTo(`techniques/${id.replace('.', '/')}`),
  );
}

function linkTo(path: string): string {
  return `https://attack.mitre.org/${path}/`;
}

function fenced(text: string): string {
  return `\`\`\`yaml\n${text.replace(/`/g, "'")}\n\`\`\``;
}

function paragraphs(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}
