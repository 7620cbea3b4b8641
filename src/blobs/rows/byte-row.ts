/** A row that stays bytes: each part of it is decoded on first use. */
import type { Row, RowSource } from '../../shared/event.ts';
import { eventIdWithin } from '../../shared/event-id.ts';
import { parseExact } from '../../shared/exact-numbers.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { PageRow } from './page-row.ts';
import { tableOf } from './table.ts';

/** A row of a scanned page. It must not outlive the page. */
export class ByteRow implements Row {
  readonly table: string;
  readonly bytes: PageRow;
  readonly #category: string;
  readonly #blob: string;
  readonly #sourceName: string | undefined;
  #id: string | undefined;
  #properties: JsonObject | undefined;
  #envelope: JsonObject | undefined;
  #source: RowSource | undefined;

  /** @param blob `container/name`. @param sourceName the source's name, if it has one. */
  constructor(bytes: PageRow, blob: string, sourceName: string | undefined) {
    const { category, table } = categoryIn(bytes);
    this.table = table;
    this.bytes = bytes;
    this.#category = category;
    this.#blob = blob;
    this.#sourceName = sourceName;
  }

  get id(): string {
    const { page, propertiesFrom, propertiesTo } = this.bytes;
    this.#id ??= eventIdWithin(this.#category, page, propertiesFrom, propertiesTo);
    return this.#id;
  }

  get properties(): JsonObject {
    const { page, propertiesFrom, propertiesTo, isInexact } = this.bytes;
    this.#properties ??= parse(page.toString('utf8', propertiesFrom, propertiesTo), isInexact);
    return this.#properties;
  }

  get envelope(): JsonObject {
    if (this.#envelope === undefined) {
      const { properties: _, ...envelope } = parse(this.text, this.bytes.isInexact);
      this.#envelope = envelope;
    }
    return this.#envelope;
  }

  get text(): string {
    const { page, from, to } = this.bytes;
    return page.toString('utf8', from, to);
  }

  get source(): RowSource {
    if (this.#source === undefined) {
      const { offset } = this.bytes;
      const blob = this.#blob;
      const name = this.#sourceName;
      this.#source = name === undefined ? { blob, offset } : { name, blob, offset };
    }
    return this.#source;
  }
}

function parse(text: string, isInexact: boolean): JsonObject {
  return (isInexact ? parseExact(text) : JSON.parse(text)) as JsonObject;
}

interface Category {
  readonly bytes: Buffer;
  readonly category: string;
  readonly table: string;
}

/** Whether the page contains these bytes right before `to`. Compares from the end, because categories have the same beginning. */
function endsAlike(bytes: Uint8Array, page: Uint8Array, to: number): boolean {
  const from = to - bytes.length;
  for (let at = bytes.length - 1; at >= 0; at--) if (bytes[at] !== page[from + at]) return false;
  return true;
}

/** The categories of the last rows, the newest first; nearly every row has one of them. */
let categories: readonly Category[] = [];
const MOST_CATEGORIES = 64;

function categoryIn({ page, categoryFrom: from, categoryTo: to }: PageRow): Category {
  for (const known of categories) {
    const { bytes } = known;
    if (bytes.length === to - from && endsAlike(bytes, page, to)) return known;
  }
  const category = page.toString('utf8', from, to);
  const made = { bytes: Buffer.from(category), category, table: tableOf(category) };
  categories = [made, ...categories.slice(0, MOST_CATEGORIES - 1)];
  return made;
}
