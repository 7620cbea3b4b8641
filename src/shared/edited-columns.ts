/** The columns of a row that stays bytes, with changes recorded beside the bytes. Writing the row splices the changes in. */
import type { ByteWriter } from './byte-writer.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Changes, ColumnNames, Edit, NamePlans, Renamed, Renames } from './name-plans.ts';
import type { RowBytes } from './row-bytes.ts';

const GONE: Edit = { name: undefined, value: undefined, isGone: true };

const NONE: readonly Renamed[] = [];

/** The place of a current column: the number of a column of the row, or the name of an added one. */
type Place = number | string;

/**
 * Columns that are read from the bytes until they are changed. Columns keep their order; new ones come at the end.
 *
 * Like the bytes under it, it must not outlive the page.
 */
export class EditedColumns {
  readonly bytes: RowBytes;
  /** The changes by column; undefined if nothing was changed. Rows may share a list, so it is copied before it is changed. */
  #edits: readonly (Edit | undefined)[] | undefined;
  #ownEdits: (Edit | undefined)[] | undefined;
  /** The renamed columns. They are few, so searching the list costs less than a map. */
  #renamed: readonly Renamed[] = NONE;
  /** The added columns, which the row does not have. */
  #added: Map<string, JsonValue> | undefined;
  /** The same as a list, made when a place among them is asked for. */
  #addedList: readonly (readonly [name: string, value: JsonValue])[] | undefined;
  /** The values that were decoded, by column; undefined until somebody reads many of them. */
  #decoded: (JsonValue | undefined)[] | undefined;

  constructor(bytes: RowBytes) {
    this.bytes = bytes;
  }

  /** Whether anything was changed. */
  get isChanged(): boolean {
    return this.#edits !== undefined || this.#added !== undefined;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  get(name: string): JsonValue | undefined {
    const place = this.#find(name);
    if (place === undefined) return undefined;
    return typeof place === 'string' ? this.#added?.get(place) : this.#value(place);
  }

  set(name: string, value: JsonValue): void {
    const place = this.#find(name);
    if (typeof place === 'number') {
      if (this.#value(place) !== value)
        this.#edit(place, { name: this.#newName(place), value, isGone: false });
      return;
    }
    this.#added ??= new Map();
    this.#added.set(name, value);
    this.#addedList = undefined;
  }

  /** Renames columns, all at once. A renamed column replaces a column that already has the new name. */
  rename(names: Renames): void {
    const isFirst = !this.isChanged;
    if (isFirst && this.#isPlanned(names.plans)) return;
    this.#rename(names);
    if (isFirst) this.#plan(names.plans);
  }

  /** Removes columns. */
  remove({ set, plans }: ColumnNames): void {
    const isFirst = !this.isChanged;
    if (isFirst && this.#isPlanned(plans)) return;
    for (const name of set) this.#drop(this.#find(name));
    if (isFirst) this.#plan(plans);
  }

  /** Removes all other columns. */
  keep({ set, plans }: ColumnNames): void {
    const isFirst = !this.isChanged;
    if (isFirst && this.#isPlanned(plans)) return;
    this.filter((name) => set.has(name));
    if (isFirst) this.#plan(plans);
  }

  /** Applies the first changes of an earlier row with the same columns; false if there was none. */
  #isPlanned(plans: NamePlans): boolean {
    const known = plans.of(this.bytes);
    if (!known) return false;
    this.#edits = known.edits;
    this.#renamed = known.renamed;
    return true;
  }

  /** Stores the first changes for later rows with the same columns. */
  #plan(plans: NamePlans): void {
    // The list is shared with later rows now, so it must be copied before another change.
    this.#ownEdits = undefined;
    plans.keep(this.bytes, this.#changes);
  }

  get #changes(): Changes {
    return { edits: this.#edits, renamed: this.#renamed };
  }

  #rename(names: Renames): void {
    const found: { readonly place: Place; readonly to: Edit & { readonly name: string } }[] = [];
    for (const { from, to } of names.list) {
      const place = this.#find(from);
      if (place === undefined) continue;
      if (!names.map.has(to.name)) this.#drop(this.#find(to.name));
      found.push({ place, to });
    }
    for (const { place } of found) if (typeof place === 'number') this.#forgetName(place);
    for (const { place, to } of found) {
      if (typeof place === 'string') continue;
      const value = this.#edits?.[place]?.value;
      this.#edit(place, value === undefined ? to : { ...to, value });
      this.#renamed = [...this.#renamed, { name: to.name, column: place }];
    }
    if (this.#added && found.some(({ place }) => typeof place === 'string')) {
      const added = [...this.#added].map(([name, value]) => [names.map.get(name) ?? name, value] as const);
      this.#added = new Map(added);
      this.#addedList = undefined;
    }
  }

  /** Removes the columns for which `isKept` returns false. */
  filter(isKept: (name: string, value: () => JsonValue) => boolean): void {
    const { count } = this.bytes;
    this.keepValues();
    for (let column = 0; column < count; column++) {
      if (this.#edits?.[column]?.isGone) continue;
      if (!isKept(this.#nameOf(column), () => this.#value(column))) this.#drop(column);
    }
    for (const [name, value] of this.#added ?? []) if (!isKept(name, () => value)) this.#added?.delete(name);
    this.#addedList = undefined;
  }

  /** Says that many values will be read, some of them more than once: each is decoded once from now on. */
  keepValues(): void {
    this.#decoded ??= new Array<JsonValue | undefined>(this.bytes.count);
  }

  /** Whether each column is still at the place of its number in the row. Columns may be gone, or have other values. */
  get isInPlace(): boolean {
    return this.#renamed.length === 0 && this.#added === undefined;
  }

  /** How many places there are for {@link valueAt}. */
  get places(): number {
    return this.bytes.count + (this.#added?.size ?? 0);
  }

  /** The place of a column, for {@link valueAt}: its number in the row, or one behind those for an added column; -1 where there is none. */
  placeOf(name: string): number {
    const place = this.#find(name);
    if (place === undefined) return -1;
    if (typeof place === 'number') return place;
    return this.bytes.count + this.#listAdded().findIndex(([added]) => added === place);
  }

  /** The value at a place; undefined where the column was removed. */
  valueAt(place: number): JsonValue | undefined {
    if (place >= this.bytes.count) return this.#listAdded()[place - this.bytes.count]?.[1];
    const edit = this.#edits?.[place];
    if (edit !== undefined) {
      if (edit.isGone) return undefined;
      if (edit.value !== undefined) return edit.value;
    }
    return this.#value(place);
  }

  /** How many bytes stand between the quotes of the string at a place, as the row has it; -1 where it is none, or was changed. */
  textLength(place: number): number {
    if (place < 0 || place >= this.bytes.count) return -1;
    const edit = this.#edits?.[place];
    if (edit !== undefined && (edit.isGone || edit.value !== undefined)) return -1;
    return this.bytes.textLength(place);
  }

  /**
   * Writes the columns that hold something, one behind the other as members of an object, without braces. Null and empty text are
   * nothing. Unchanged columns are copied from the row's bytes.
   *
   * @param taken by place, 1 for the columns to leave out; at least {@link places} long.
   * @returns whether there was one.
   */
  writeOthers(writer: ByteWriter, taken: Uint8Array): boolean {
    const { bytes } = this;
    const { page, view, count } = bytes;
    const edits = this.#edits;
    const before = writer.length;
    // The columns that follow each other in the row are copied at once.
    let from = -1;
    let to = -1;
    const copy = () => {
      if (from < 0) return;
      if (writer.length > before) writer.text(',');
      writer.copy(view, from, to);
      from = -1;
    };
    for (let column = 0; column < count; column++) {
      if (taken[column] === 1) continue;
      const edit = edits?.[column];
      if (edit !== undefined) {
        if (edit.isGone || this.#isNothing(column, edit)) continue;
        copy();
        if (writer.length > before) writer.text(',');
        this.#writeEdited(writer, column, edit);
        continue;
      }
      const end = bytes.columnEnd(column);
      if (isNothingIn(page, bytes.valueStart(column), end)) continue;
      const start = bytes.columnStart(column);
      if (start !== to + 1) {
        copy();
        from = start;
      } else if (from < 0) from = start;
      to = end;
    }
    copy();
    for (let place = count; place < this.places; place++) {
      const [name, value] = this.#listAdded()[place - count] ?? ['', null];
      if (taken[place] === 1 || value === null || value === '') continue;
      if (writer.length > before) writer.text(',');
      writer.json(name);
      writer.text(':');
      writer.json(value);
    }
    return writer.length > before;
  }

  #isNothing(column: number, { value }: Edit): boolean {
    const { bytes } = this;
    if (value !== undefined) return value === null || value === '';
    return isNothingIn(bytes.page, bytes.valueStart(column), bytes.columnEnd(column));
  }

  #listAdded(): readonly (readonly [name: string, value: JsonValue])[] {
    this.#addedList ??= [...(this.#added ?? [])];
    return this.#addedList;
  }

  /** Writes the columns as a JSON object. Unchanged columns are copied from the row's bytes. */
  write(writer: ByteWriter): void {
    const { bytes } = this;
    const { view, count } = bytes;
    const edits = this.#edits;
    if (!this.isChanged) {
      writer.copy(view, bytes.propertiesFrom, bytes.propertiesTo);
      return;
    }
    let separator = '{';
    for (let column = 0; column < count; ) {
      const edit = edits?.[column];
      if (edit?.isGone) {
        column++;
        continue;
      }
      writer.text(separator);
      separator = ',';
      if (edit) {
        this.#writeEdited(writer, column, edit);
        column++;
        continue;
      }
      const first = column;
      do column++;
      while (column < count && edits?.[column] === undefined);
      writer.copy(view, bytes.columnStart(first), bytes.columnEnd(column - 1));
    }
    if (this.#added !== undefined) {
      for (const [name, value] of this.#added) {
        writer.text(separator);
        separator = ',';
        writer.json(name);
        writer.text(':');
        writer.json(value);
      }
    }
    writer.text(separator === '{' ? '{}' : '}');
  }

  /** The columns as an object. @param properties the row's parsed columns, which are returned if nothing was changed. */
  object(properties: JsonObject): JsonObject {
    if (!this.isChanged) return properties;
    const columns: Record<string, JsonValue> = {};
    for (let column = 0; column < this.bytes.count; column++) {
      const edit = this.#edits?.[column];
      if (edit?.isGone) continue;
      const value = edit?.value === undefined ? properties[this.bytes.name(column)] : edit.value;
      if (value !== undefined) put(columns, this.#nameOf(column), value);
    }
    for (const [name, value] of this.#added ?? []) put(columns, name, value);
    return columns;
  }

  #writeEdited(writer: ByteWriter, column: number, { name, value }: Edit): void {
    const { bytes } = this;
    if (name === undefined) writer.copy(bytes.view, bytes.columnStart(column), bytes.valueStart(column));
    else writer.text(keyText(name));
    if (value === undefined) writer.copy(bytes.view, bytes.valueStart(column), bytes.columnEnd(column));
    else writer.json(value);
  }

  #find(name: string): Place | undefined {
    if (this.#added?.has(name)) return name;
    for (const renamed of this.#renamed) if (renamed.name === name) return renamed.column;
    const column = this.bytes.find(name);
    if (column < 0) return undefined;
    const edit = this.#edits?.[column];
    return edit && (edit.isGone || edit.name !== undefined) ? undefined : column;
  }

  #newName(column: number): string | undefined {
    return this.#edits?.[column]?.name;
  }

  #nameOf(column: number): string {
    return this.#newName(column) ?? this.bytes.name(column);
  }

  #value(column: number): JsonValue {
    const edited = this.#edits?.[column]?.value;
    if (edited !== undefined) return edited;
    if (this.#decoded === undefined) return this.bytes.value(column);
    const known = this.#decoded[column];
    if (known !== undefined) return known;
    const decoded = this.bytes.value(column);
    this.#decoded[column] = decoded;
    return decoded;
  }

  #drop(place: Place | undefined): void {
    if (typeof place === 'string') {
      this.#added?.delete(place);
      this.#addedList = undefined;
    }
    if (typeof place !== 'number') return;
    this.#forgetName(place);
    this.#edit(place, GONE);
  }

  #forgetName(column: number): void {
    if (this.#newName(column) !== undefined)
      this.#renamed = this.#renamed.filter((renamed) => renamed.column !== column);
  }

  #edit(column: number, edit: Edit): void {
    this.#ownEdits ??= this.#edits?.slice() ?? new Array<Edit | undefined>(this.bytes.count).fill(undefined);
    this.#ownEdits[column] = edit;
    this.#edits = this.#ownEdits;
  }
}

const [QUOTE, N] = [0x22, 0x6e];

/** Whether the bytes of a JSON value are null or an empty string. */
function isNothingIn(bytes: Uint8Array, from: number, to: number): boolean {
  return bytes[from] === N || (to - from === 2 && bytes[from] === QUOTE);
}

/** The JSON texts of new names, made once. The names come from rules, so they are few. */
const keyTexts = new Map<string, string>();
const MOST_KEYS = 4_096;

function keyText(name: string): string {
  let text = keyTexts.get(name);
  if (text === undefined) {
    if (keyTexts.size >= MOST_KEYS) keyTexts.clear();
    text = `${JSON.stringify(name)}:`;
    keyTexts.set(name, text);
  }
  return text;
}

/** Adds a column, also one called `__proto__`: a plain assignment to that name would change the prototype instead. */
function put(columns: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(columns, name, { value, writable: true, enumerable: true, configurable: true });
  } else columns[name] = value;
}
