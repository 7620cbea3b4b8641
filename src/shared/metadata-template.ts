/** Where a row is to be filed at a destination (index, channel, headers), from its columns, within a closed list of values. */
import { z } from 'zod';
import { columnIn } from './column-value.ts';
import type { JsonValue } from './json.ts';
import { METADATA_KEYS, type Metadata, type MetadataKey } from './metadata.ts';

export { METADATA_KEYS, type Metadata, type MetadataKey } from './metadata.ts';

const FILTERS: Readonly<Record<string, (text: string) => string>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  slug: (text) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, ''),
};

/** The name of a Kafka topic (Apache Kafka, "Topic.java": legal characters and length). */
export const topicName = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, '1 to 249 letters, digits, dots, hyphens and underscores');

/** A longer value of a column is not filled in. UTF-16 units. */
const LONGEST = 256;
const MOST_ALLOWED = 1_000;
const PLACEHOLDER = /\{([^{}|]*)((?:\|[^{}|]*)*)\}/g;
const NAME = /^[\p{L}_][\p{L}\p{N}_.-]{0,127}$/u;

const TEMPLATE_TEXT =
  'text with placeholders such as "{MachineGroup|slug}": a column or Table, and the filters lower, upper and slug';

type Part = string | { readonly column: string; readonly filters: readonly ((text: string) => string)[] };

function partsOf(template: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  let from = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const [whole, name = '', chain = ''] = match;
    const filters = chain
      .split('|')
      .slice(1)
      .map((filter) => FILTERS[filter.trim()]);
    if (!NAME.test(name.trim()) || filters.includes(undefined)) return undefined;
    parts.push(template.slice(from, match.index), {
      column: name.trim(),
      filters: filters.filter((one) => one !== undefined),
    });
    from = match.index + whole.length;
  }
  parts.push(template.slice(from));
  return parts.some((part) => typeof part === 'string' && /[{}]/.test(part)) ? undefined : parts;
}

/** The schema of a value that rows decide on. @param value the schema of one value. */
export function templated<S extends z.ZodType<string>>(value: S) {
  return z.strictObject({
    template: z
      .string()
      .min(1)
      .max(512)
      .refine((text) => partsOf(text) !== undefined, TEMPLATE_TEXT)
      .describe(
        'Text with placeholders: `{Column}` is a column after all steps, `{Table}` the table. Filters follow a `|`: `lower`, `upper`, and `slug`, which leaves lower-case letters, digits and `_`.',
      ),
    allowed: z
      .array(value)
      .min(1)
      .max(MOST_ALLOWED)
      .describe('The values that may come out: rows do not choose freely.'),
    default: value.describe('The value where the template gives none of these.'),
  });
}

/** A checked template. */
export interface TemplatedValue {
  readonly template: string;
  readonly allowed: readonly string[];
  readonly default: string;
}

/** What a destination, or a route, says of metadata: constants and templates. */
export interface MetadataSpec
  extends Readonly<Partial<Record<MetadataKey, string | TemplatedValue | undefined>>> {
  readonly headers?: Readonly<Record<string, string | TemplatedValue>> | undefined;
}

/** Whether a value is a template. */
export function isTemplated(value: unknown): value is TemplatedValue {
  return typeof value === 'object' && value !== null && 'template' in value;
}

/** The columns that templates name. */
export function columnsOfTemplate({ template }: Pick<TemplatedValue, 'template'>): readonly string[] {
  return (partsOf(template) ?? []).flatMap((part) =>
    typeof part === 'string' || part.column === 'Table' ? [] : part.column,
  );
}

/** The schema of a template whose value rows choose freely, such as the key of a message. */
export const freeTemplate = z
  .string()
  .min(1)
  .max(512)
  .refine((text) => partsOf(text) !== undefined, TEMPLATE_TEXT);

/**
 * Fills in a template that {@link freeTemplate} has checked. The function it returns never throws, whatever the row holds, and returns
 * undefined where a column has no single value that can be filled in.
 */
export function freelyFilled(
  template: string,
): (table: string, read: (column: string) => JsonValue | undefined) => string | undefined {
  const parts = partsOf(template) ?? [];
  return (table, read) => filledIn(parts, table, read);
}

/** How many combinations of values are kept as objects; there are seldom more than a few. */
const KEPT = 1_000;

interface Entry {
  readonly key: MetadataKey | 'header';
  /** The header's name. */
  readonly header: string;
  readonly constant?: string;
  readonly parts: readonly Part[];
  readonly allowed: ReadonlySet<string>;
  readonly fallback: string;
}

/** Fills in the metadata of rows. */
export class MetadataTemplates {
  readonly #entries: readonly Entry[];
  readonly #onDefault: (key: string) => void;
  readonly #known = new Map<string, Metadata>();

  /** @param onDefault told of each value that was not allowed, so that the default was taken. */
  constructor(spec: MetadataSpec, onDefault: (key: string) => void = () => {}) {
    this.#onDefault = onDefault;
    this.#entries = [
      ...METADATA_KEYS.flatMap((key) => entryOf(key, '', spec[key])),
      ...Object.entries(spec.headers ?? {}).flatMap(([name, value]) => entryOf('header', name, value)),
    ];
  }

  /** Never throws, whatever the row holds. */
  of(table: string, read: (column: string) => JsonValue | undefined): Metadata {
    const values = this.#entries.map((entry) => {
      if (entry.constant !== undefined) return entry.constant;
      const text = filledIn(entry.parts, table, read);
      if (text !== undefined && entry.allowed.has(text)) return text;
      this.#onDefault(entry.key === 'header' ? 'headers' : entry.key);
      return entry.fallback;
    });
    const id = values.join('\n');
    let known = this.#known.get(id);
    if (known === undefined) {
      known = this.#made(values);
      if (this.#known.size < KEPT) this.#known.set(id, known);
    }
    return known;
  }

  /** The columns that the templates name: paths, as they stand there. */
  columns(): readonly string[] {
    return this.#entries.flatMap(({ parts }) =>
      parts.flatMap((part) => (typeof part === 'string' || part.column === 'Table' ? [] : part.column)),
    );
  }

  #made(values: readonly string[]): Metadata {
    const plain: Partial<Record<MetadataKey, string>> = {};
    const headers: Record<string, string> = {};
    for (const [n, { key, header }] of this.#entries.entries()) {
      const value = values[n] ?? '';
      if (key === 'header') headers[header] = value;
      else plain[key] = value;
    }
    return Object.keys(headers).length === 0 ? plain : { ...plain, headers };
  }
}

function entryOf(
  key: Entry['key'],
  header: string,
  value: string | TemplatedValue | undefined,
): readonly Entry[] {
  if (value === undefined) return [];
  if (typeof value === 'string')
    return [{ key, header, constant: value, parts: [], allowed: new Set(), fallback: value }];
  const { template, allowed, default: fallback } = value;
  return [{ key, header, parts: partsOf(template) ?? [], allowed: new Set(allowed), fallback }];
}

/** Undefined where a column has no single value that can be filled in. */
function filledIn(
  parts: readonly Part[],
  table: string,
  read: (column: string) => JsonValue | undefined,
): string | undefined {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = part.column === 'Table' ? table : columnIn(read, undefined, part.column);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return undefined;
    let filled = String(value);
    if (filled === '' || filled.length > LONGEST) return undefined;
    for (const filter of part.filters) filled = filter(filled);
    text += filled;
  }
  return text;
}
