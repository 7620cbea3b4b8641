/** The form of an event, laid out once: a tree of objects with a numbered slot for each value. Filling it allocates no objects. */
import type { JsonValue } from '../../shared/json.ts';
import { isPlainConversion } from './conversions.ts';
import { COMPOSED, JsonText, type Member, type Node, ROOT, type Slot, type Values } from './event-tree.ts';
import { completeness, type Requirements, requirementsOf } from './requirements.ts';
import { type ObjectType, objectConversion, type ValueType } from './vocabulary.ts';

const NOWHERE = -1;

/** A template while it is laid out. Slots are added; afterwards {@link settle} finishes it. */
export class TemplateBuilder {
  readonly #nodes: Node[] = [];
  readonly #slots: Slot[] = [];
  readonly #byPath = new Map<string, Slot>();
  readonly #nodeByPath = new Map<string, Node>();
  readonly #lone = new Set<number>();

  constructor(root: ObjectType) {
    this.#addNode('', root, NOWHERE);
  }

  /** The slot of a path, added where it is new; undefined where the path leads to no value of the schema. */
  slot(path: string): Slot | undefined {
    const known = this.#byPath.get(path);
    if (known) return known;
    const names = path.split('.');
    const last = names.pop();
    const parent = this.#node(names);
    const type = last === undefined ? undefined : parent?.type.child(last);
    if (parent === undefined || last === undefined || type === undefined) return undefined;
    const value = type.kind === 'value' ? type : listOf(type);
    if (value === undefined || this.#nodeByPath.has(path)) return undefined;
    const slot = { index: this.#slots.length, path, type: value, parent: parent.index };
    this.#slots.push(slot);
    this.#byPath.set(path, slot);
    parent.members.push(member(last, '', { slot: slot.index }));
    return slot;
  }

  /** Says that the slot's value alone does not make its object: a constant beside what a row brings. */
  isDefault(slot: Slot): void {
    this.#lone.add(slot.index);
  }

  settle(): Template {
    return new Template(this.#nodes, this.#slots, this.#lone);
  }

  #node(names: readonly string[]): Node | undefined {
    let current = this.#nodes[ROOT];
    let path = '';
    for (const name of names) {
      if (current === undefined) return undefined;
      path = path === '' ? name : `${path}.${name}`;
      const known = this.#nodeByPath.get(path);
      if (known) {
        current = known;
        continue;
      }
      const type = current.type.child(name);
      if (type?.kind !== 'object' || this.#byPath.has(path)) return undefined;
      const made = this.#addNode(path, type, current.index);
      current.members.push(member(name, type.isList ? '[{' : '{', { node: made.index }));
      current = made;
    }
    return current;
  }

  #addNode(path: string, type: ObjectType, parent: number): Node {
    const node: Node = { index: this.#nodes.length, parent, path, type, members: [] };
    this.#nodes.push(node);
    this.#nodeByPath.set(path, node);
    return node;
  }
}

/** A list of objects that one value fills whole, as `observables`. */
function listOf(type: ObjectType): ValueType | undefined {
  if (!type.isList) return undefined;
  return { kind: 'value', name: type.name, isList: true, convert: objectConversion(type) };
}

function member(
  name: string,
  opening: string,
  of: { readonly slot?: number; readonly node?: number },
): Member {
  const keyText = `${JSON.stringify(name)}:${opening}`;
  return { name, keyText, nextKeyText: `,${keyText}`, slot: of.slot, node: of.node };
}

/** A member that belongs to a profile. */
export interface Profiled {
  readonly name: string;
  readonly isOfRoot: boolean;
  readonly profile: string;
  isThere(values: Values, there: Uint8Array): boolean;
}

/** A finished template. Immutable, but for what {@link fix} and {@link compose} say before it is used. */
export class Template {
  readonly slots: readonly Slot[];
  readonly #nodes: readonly Node[];
  readonly #requirements: readonly Requirements[];
  /** By slot: a value that many events have, and its JSON text. */
  readonly #fixed: (JsonValue | undefined)[];
  readonly #fixedTexts: string[];
  /** By slot: whether all texts of its type are of characters that JSON does not escape. */
  readonly #isPlain: readonly boolean[];
  readonly #composed = new Map<number, readonly ComposedPart[]>();

  constructor(nodes: readonly Node[], slots: readonly Slot[], lone: ReadonlySet<number>) {
    this.#nodes = nodes;
    this.slots = slots;
    this.#requirements = nodes.map((node) => requirementsOf(node, lone));
    this.#fixed = slots.map(() => undefined);
    this.#fixedTexts = slots.map(() => '');
    this.#isPlain = slots.map(({ type }) => isPlainConversion(type.convert));
  }

  /** The slot of a path; undefined where the template has none. */
  find(path: string): Slot | undefined {
    return this.slots.find((slot) => slot.path === path);
  }

  /** Names a value that a slot often has, so that its text is made once. */
  fix({ index }: Slot, value: JsonValue): void {
    this.#fixed[index] = value;
    this.#fixedTexts[index] = JSON.stringify(value);
  }

  /**
   * Which objects are there: 1 for each node whose requirements and constraints the values meet, and whose parent is there. A root
   * that is 0 means that the event would be invalid.
   */
  complete(values: Values): Uint8Array {
    return completeness(this.#nodes, this.#requirements, values);
  }

  /** Whether a slot's value is part of the event. */
  shows(slot: Slot, values: Values, there: Uint8Array): boolean {
    return values[slot.index] !== undefined && there[slot.parent] === 1;
  }

  /** The members, of any object, that belong to a profile, and what tells whether the event has them. */
  profiled(): readonly Profiled[] {
    return this.#nodes.flatMap(({ index, type, members }) =>
      members.flatMap(({ name, slot, node }): readonly Profiled[] => {
        const profile = type.profileOf?.(name);
        if (profile === undefined) return [];
        const isThere: Profiled['isThere'] = (values, there) =>
          node === undefined
            ? slot !== undefined && values[slot] !== undefined && there[index] === 1
            : there[node] === 1;
        return [{ name, isOfRoot: index === ROOT, profile, isThere }];
      }),
    );
  }

  /** Says that a slot whose value is {@link COMPOSED} is a list of objects, one for each of these slots that the event shows. */
  compose({ index }: Slot, parts: readonly ComposedPart[]): void {
    this.#composed.set(index, parts);
  }

  /** Lays out the event without its closing brace, so that members can follow. */
  layOut(event: Event): Layout {
    const layout = new LayoutBuilder('{');
    this.#layOutMembers(layout, ROOT, event);
    return layout;
  }

  /** The event as JSON text, without its closing brace. */
  openText(event: Event): string {
    const { texts, slots } = this.layOut(event);
    let out = texts[0] ?? '';
    for (const [nth, slot] of slots.entries()) {
      out += this.valueText(slot, event.values[slot] ?? null) + (texts[nth + 1] ?? '');
    }
    return out;
  }

  #layOutMembers(layout: LayoutBuilder, index: number, event: Event): void {
    let isFirst = true;
    for (const { slot, node, keyText, nextKeyText } of this.#nodes[index]?.members ?? []) {
      const key = isFirst ? keyText : nextKeyText;
      if (node !== undefined) {
        if (event.there[node] !== 1) continue;
        layout.text(key);
        this.#layOutMembers(layout, node, event);
        layout.text(this.#nodes[node]?.type.isList ? '}]' : '}');
      } else {
        const value = slot === undefined ? undefined : event.values[slot];
        if (value === undefined || slot === undefined) continue;
        layout.text(key);
        this.#layOutValue(layout, slot, event);
      }
      isFirst = false;
    }
  }

  #layOutValue(layout: LayoutBuilder, slot: number, event: Event): void {
    const value = event.values[slot];
    if (value === COMPOSED) this.#layOutComposed(layout, slot, event);
    else if (this.#fixed[slot] === value) layout.text(this.#fixedTexts[slot] ?? '');
    else layout.slot(slot);
  }

  #layOutComposed(layout: LayoutBuilder, slot: number, { values, there }: Event): void {
    let before = '[';
    for (const { slot: part, opening } of this.#composed.get(slot) ?? []) {
      if (!this.shows(part, values, there)) continue;
      layout.text(before + opening);
      layout.slot(part.index);
      before = '},';
    }
    layout.text(before === '[' ? '[]' : '}]');
  }

  /** By slot: the values that {@link fix} named. */
  get fixed(): readonly (JsonValue | undefined)[] {
    return this.#fixed;
  }

  /** The JSON text of a value in a slot. */
  valueText(slot: number, value: JsonValue | JsonText): string {
    if (typeof value === 'string') return this.#isPlain[slot] ? `"${value}"` : JSON.stringify(value);
    if (typeof value === 'number') return numberText(value);
    return value instanceof JsonText ? value.text : JSON.stringify(value);
  }
}

/** One object of a composed list. */
export interface ComposedPart {
  readonly slot: Slot;
  /** The object's JSON text up to the slot's value, which is its last member. */
  readonly opening: string;
}

/** The text of an event with a gap for each value. */
export interface Layout {
  /** What stands before the first value, between two values, and behind the last one. */
  readonly texts: readonly string[];
  readonly slots: readonly number[];
}

class LayoutBuilder implements Layout {
  readonly texts: string[];
  readonly slots: number[] = [];

  constructor(start: string) {
    this.texts = [start];
  }

  text(text: string): void {
    this.texts[this.texts.length - 1] += text;
  }

  slot(slot: number): void {
    this.slots.push(slot);
    this.texts.push('');
  }
}

/** The values of an event. */
export interface Event {
  readonly values: Values;
  /** By node of the template: 1 where the object is there. */
  readonly there: Uint8Array;
}

/** JSON has no other numbers than the finite ones. */
function numberText(value: number): string {
  // Times in milliseconds: each row has some, and the digits of small numbers are made faster.
  if (value >= FEW_DIGITS && Number.isSafeInteger(value) && value < FEW_DIGITS * MILLION) {
    const high = Math.floor(value / MILLION);
    return String(high) + String(value - high * MILLION + MILLION).slice(1);
  }
  return Number.isFinite(value) ? String(value) : 'null';
}

const MILLION = 1_000_000;
const FEW_DIGITS = 1_000_000_000;
