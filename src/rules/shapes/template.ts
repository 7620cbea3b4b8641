/** The form of an event, laid out once: a tree of objects with a numbered slot for each value. Filling it allocates no objects. */
import type { JsonValue } from '../../shared/json.ts';
import { isPlainConversion } from './conversions.ts';
import { type ObjectType, objectConversion, type ValueType } from './vocabulary.ts';

/** A value's place in the event. */
export interface Slot {
  /** Its position among the slots of the template. */
  readonly index: number;
  /** Dotted, from the root. */
  readonly path: string;
  readonly type: ValueType;
  /** The object that it is a member of. */
  readonly parent: number;
}

interface Member {
  readonly name: string;
  /** The member's name as JSON, with the colon; of an object with what opens it. */
  readonly keyText: string;
  /** The same behind another member. */
  readonly nextKeyText: string;
  readonly slot: number | undefined;
  readonly node: number | undefined;
}

interface Node {
  readonly index: number;
  readonly parent: number;
  readonly path: string;
  readonly type: ObjectType;
  readonly members: Member[];
}

/** A value whose JSON text was made already. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The values of one event while it is made, by slot. */
export type Values = (JsonValue | JsonText | undefined)[];

const ROOT = 0;
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

/** What an object needs, as positions of slots (from 0) and of nodes (`~index`, negative). */
interface Requirements {
  /** Any of these makes the object: its members without the defaults. */
  readonly own: readonly number[];
  readonly all: readonly number[];
  readonly atLeastOne: readonly (readonly number[])[];
  readonly justOne: readonly (readonly number[])[];
  /** Nothing is asked of it but a member. */
  readonly isFree: boolean;
  /** A required member that the template has no place for: the object is never complete. */
  readonly isImpossible: boolean;
}

/** A member that belongs to a profile. */
export interface Profiled {
  readonly name: string;
  readonly isOfRoot: boolean;
  readonly profile: string;
  isThere(values: Values, there: Uint8Array): boolean;
}

/** A finished template. Immutable, but for the constants that {@link fix} names. */
export class Template {
  readonly slots: readonly Slot[];
  readonly #nodes: readonly Node[];
  readonly #requirements: readonly Requirements[];
  /** By slot: a value that many events have, and its JSON text. */
  readonly #fixed: (JsonValue | undefined)[];
  readonly #fixedTexts: string[];
  /** By slot: whether all texts of its type are of characters that JSON does not escape. */
  readonly #isPlain: readonly boolean[];

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
    const nodes = this.#nodes;
    const there = new Uint8Array(nodes.length);
    // Parents come before their members, so members are decided first.
    for (let index = nodes.length - 1; index >= 0; index--) {
      const needs = this.#requirements[index];
      if (!needs || needs.isImpossible) continue;
      if (index !== ROOT && !hasAny(needs.own, values, there)) continue;
      if (needs.isFree || isMet(needs, values, there)) there[index] = 1;
    }
    for (let index = 1; index < nodes.length; index++) {
      const parent = nodes[index]?.parent ?? ROOT;
      if (there[parent] === 0) there[index] = 0;
    }
    return there;
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

  /** The event as JSON text, without its closing brace, so that members can follow. */
  openText(event: Event): string {
    return this.#withMembers('{', ROOT, event);
  }

  /** Adds the members of an object to the text before it, which ends with what opens it. */
  #withMembers(before: string, index: number, event: Event): string {
    let out = before;
    let isFirst = true;
    for (const { slot, node, keyText, nextKeyText } of this.#nodes[index]?.members ?? []) {
      if (node !== undefined) {
        if (event.there[node] !== 1) continue;
        out = this.#withMembers(out + (isFirst ? keyText : nextKeyText), node, event);
        out += this.#nodes[node]?.type.isList ? '}]' : '}';
      } else {
        const value = slot === undefined ? undefined : event.values[slot];
        if (value === undefined || slot === undefined) continue;
        out += isFirst ? keyText : nextKeyText;
        out += this.#valueText(slot, value, event.plain);
      }
      isFirst = false;
    }
    return out;
  }

  #valueText(slot: number, value: JsonValue | JsonText, plain: PlainTexts): string {
    if (typeof value === 'string') return this.stringText(slot, value, plain);
    if (typeof value === 'number') return numberText(value);
    if (this.#fixed[slot] === value) return this.#fixedTexts[slot] ?? '';
    return value instanceof JsonText ? value.text : JSON.stringify(value);
  }

  /** The JSON text of a text that is in a slot. */
  stringText(slot: number, text: string, plain: PlainTexts): string {
    if (this.#fixed[slot] === text) return this.#fixedTexts[slot] ?? '';
    return plain[slot] === text || this.#isPlain[slot] ? `"${text}"` : JSON.stringify(text);
  }
}

/** By slot: the text there where it has nothing that JSON escapes. */
export type PlainTexts = readonly (string | undefined)[];

/** The values of an event. */
export interface Event {
  readonly values: Values;
  /** By node of the template: 1 where the object is there. */
  readonly there: Uint8Array;
  readonly plain: PlainTexts;
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

function requirementsOf({ type, members }: Node, lone: ReadonlySet<number>): Requirements {
  const positions = new Map(
    members.map(({ name, slot, node }) => [name, node === undefined ? (slot ?? 0) : ~node]),
  );
  const known = (names: readonly string[]) => names.flatMap((name) => positions.get(name) ?? []);
  return {
    own: [...positions.values()].filter((position) => position < 0 || !lone.has(position)),
    all: known(type.required),
    atLeastOne: type.atLeastOne.map(known),
    justOne: type.justOne.map(known),
    isFree: type.required.length + type.atLeastOne.length + type.justOne.length === 0,
    isImpossible: type.required.some((name) => !positions.has(name)),
  };
}

function isMet({ all, atLeastOne, justOne }: Requirements, values: Values, there: Uint8Array): boolean {
  for (const position of all) if (!has(position, values, there)) return false;
  for (const positions of atLeastOne) if (!hasAny(positions, values, there)) return false;
  for (const positions of justOne) {
    let count = 0;
    for (const position of positions) if (has(position, values, there)) count++;
    if (count !== 1) return false;
  }
  return true;
}

function hasAny(positions: readonly number[], values: Values, there: Uint8Array): boolean {
  for (const position of positions) if (has(position, values, there)) return true;
  return false;
}

function has(position: number, values: Values, there: Uint8Array): boolean {
  return position < 0 ? there[~position] === 1 : values[position] !== undefined;
}
