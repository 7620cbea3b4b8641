/** Deliveries of rows: spliced from the row's bytes if it has them, and written from its objects otherwise. */
import { withPage } from '../../destinations/alert-page.ts';
import type { Delivery } from '../../destinations/port.ts';
import type { ByteWriter } from '../../shared/byte-writer.ts';
import type { EditedColumns } from '../../shared/edited-columns.ts';
import type { MappedShape, Row, ShapeWriter, SplicedColumns, Verdict } from '../../shared/event.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { member } from '../../shared/row-members.ts';

/** The columns of a row after the steps of `transform`. */
export type ForwardedColumns = Pick<Verdict & { readonly kind: 'forwarded' }, 'event' | 'columns'>;

/** Whether the columns are changes to the bytes of their row. */
export function isSpliced(forwarded: ForwardedColumns): forwarded is ForwardedColumns & SplicedColumns {
  return forwarded.columns !== undefined;
}

/** Whether any step changed the columns of a row. */
export function isChanged(row: Row, forwarded: ForwardedColumns): boolean {
  const { columns } = forwarded;
  // To ask for the event of a row that stays bytes would parse it.
  return columns ? columns.isChanged : forwarded.event !== row.properties;
}

/**
 * A delivery whose columns are changes to a row's bytes. They are spliced for the first encoding that asks for them; those that ask next, for
 * the same row, get a copy of what was written then.
 */
export class SplicedDelivery implements Delivery {
  readonly head: Delivery['head'];
  readonly #row: SplicedColumns;
  readonly #columns: EditedColumns;
  readonly #shapes: ShapeWriter | undefined;
  /** Where the columns were spliced, the place there, and its number of cuts at that time. */
  #first: ByteWriter | undefined;
  #from = 0;
  #to = 0;
  #cuts = 0;

  constructor(head: Delivery['head'], row: SplicedColumns, shapes: ShapeWriter | undefined) {
    this.head = head;
    this.#row = row;
    this.#columns = row.columns;
    this.#shapes = shapes;
  }

  get event(): JsonObject {
    return this.#row.event;
  }

  writeRaw(writer: ByteWriter): void {
    const columns = this.#columns;
    const { page, from, to, propertiesFrom, propertiesTo } = columns.bytes;
    if (!columns.isChanged) {
      writer.bytes(page, from, to);
      return;
    }
    writer.bytes(page, from, propertiesFrom);
    this.#writeColumns(writer);
    writer.bytes(page, propertiesTo, to);
  }

  writeEvent(writer: ByteWriter): void {
    this.#writeColumns(writer);
  }

  #writeColumns(writer: ByteWriter): void {
    const first = this.#first;
    if (first !== undefined && first !== writer && first.cuts === this.#cuts) {
      writer.bytes(first.peek(this.#from, this.#to));
      return;
    }
    this.#from = writer.length;
    this.#columns.write(writer);
    this.#first = writer;
    this.#to = writer.length;
    this.#cuts = writer.cuts;
  }

  writeMapped(shape: MappedShape, writer: ByteWriter): void {
    needed(this.#shapes).write(shape, this.#row, withPage(this.head, this), writer);
  }

  column(name: string): JsonValue | undefined {
    return this.#columns.get(name);
  }
}

/** The texts of a parsed row with its transformed columns, each made once for all deliveries. */
export class ParsedContents {
  readonly event: JsonObject;
  readonly shapes: ShapeWriter | undefined;
  readonly #row: Row;
  #raw: string | undefined;
  #text: string | undefined;

  constructor(row: Row, event: JsonObject, shapes: ShapeWriter | undefined) {
    this.#row = row;
    this.event = event;
    this.shapes = shapes;
  }

  get raw(): string {
    const { properties, text, envelope } = this.#row;
    this.#raw ??=
      this.event === properties && text !== undefined
        ? text
        : JSON.stringify({ ...envelope, properties: this.event });
    return this.#raw;
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.event);
    return this.#text;
  }
}

/** A delivery of a parsed row. */
export class ParsedDelivery implements Delivery {
  readonly head: Delivery['head'];
  readonly #contents: ParsedContents;

  constructor(head: Delivery['head'], contents: ParsedContents) {
    this.head = head;
    this.#contents = contents;
  }

  get event(): JsonObject {
    return this.#contents.event;
  }

  writeRaw(writer: ByteWriter): void {
    writer.text(this.#contents.raw);
  }

  writeEvent(writer: ByteWriter): void {
    writer.text(this.#contents.text);
  }

  writeMapped(shape: MappedShape, writer: ByteWriter): void {
    writer.text(needed(this.#contents.shapes).text(shape, this.event, withPage(this.head, this)));
  }

  column(name: string): JsonValue | undefined {
    return member(this.event, name);
  }
}

function needed(shapes: ShapeWriter | undefined): ShapeWriter {
  if (!shapes) throw new TypeError('the rule set has no mappings of shapes');
  return shapes;
}
