/** A list of values that other slots hold, each once. It is written without making its text, and serves one row after the other. */
import type { ByteWriter } from '../../shared/byte-writer.ts';
import type { JsonValue } from '../../shared/json.ts';
import { JsonText, type Values } from './event-tree.ts';

const NO_SLOT = -1;

/** The values of one of `related.*`. */
export class SlotList extends JsonText {
  readonly #values: JsonValue[] = [];
  /** By value: the slot that holds nothing but this value, otherwise {@link NO_SLOT}. */
  readonly #slots: number[] = [];

  constructor() {
    super('[]');
  }

  /** Begins the list of another row. @param before what the list holds already. */
  begin(before: Values[number]): void {
    this.#values.length = 0;
    this.#slots.length = 0;
    this.add(before, NO_SLOT);
  }

  /** Adds what a slot holds. What was not decoded, or is another such list, adds nothing. */
  add(value: Values[number], slot: number): void {
    if (value === undefined || value instanceof JsonText) return;
    if (!Array.isArray(value)) {
      this.#addOne(value as JsonValue, slot);
      return;
    }
    for (const one of value as readonly JsonValue[]) this.#addOne(one, NO_SLOT);
  }

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  override get text(): string {
    return JSON.stringify(this.#values);
  }

  /** Writes the list, and empties it. @param copy writes what a slot holds if it can be copied from the row; otherwise it returns false. */
  write(writer: ByteWriter, copy: (slot: number) => boolean): void {
    writer.text('[');
    for (let nth = 0; nth < this.#values.length; nth++) {
      if (nth > 0) writer.text(',');
      const value = this.#values[nth] ?? null;
      if (!copy(this.#slots[nth] ?? NO_SLOT)) writer.json(value);
    }
    writer.text(']');
    // A long text would stay in memory until the next row of this form.
    this.#values.length = 0;
  }

  #addOne(value: JsonValue, slot: number): void {
    if (this.#values.includes(value)) return;
    this.#values.push(value);
    this.#slots.push(slot);
  }
}
