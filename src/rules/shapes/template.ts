/** The form of an event, laid out once: a tree of objects with a numbered slot for each value. Filling it allocates no objects. */
import type { JsonValue } from '../../shared/json.ts';
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
  /** The member's name as JSON, with the colon. */
  readonly keyText: string;
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

/** The values of one event while it is made, by slot. A list is an array that belongs to the event. */
export type Values = (JsonValue | undefined)[];

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
    parent.members.push(member(last, { slot: slot.index }));
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
      current.members.push(member(name, { node: made.index }));
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

function member(name: string, of: { readonly slot?: number; readonly node?: number }): Member {
  return { name, keyText: `${JSON.stringify(name)}:`, slot: of.slot, node: of.node };
}

/** What an object needs, as positions of slots (from 0) and of nodes (`~index`, negative). */
interface Requirements {
  readonly all: readonly number[];
  readonly atLeastOne: readonly (readonly number[])[];
  readonly justOne: readonly (readonly number[])[];
  /** A required member that the template has no place for: the object is never complete. */
  readonly isImpossible: boolean;
}

/** A finished template. Immutable. */
export class Template {
  readonly slots: readonly Slot[];
  readonly #nodes: readonly Node[];
  readonly #requirements: readonly Requirements[];
  readonly #lone: ReadonlySet<number>;

  constructor(nodes: readonly Node[], slots: readonly Slot[], lone: ReadonlySet<number>) {
    this.#nodes = nodes;
    this.slots = slots;
    this.#lone = lone;
    this.#requirements = nodes.map(requirementsOf);
  }

  /** The slot of a path; undefined where the template has none. */
  find(path: string): Slot | undefined {
    return this.slots.find((slot) => slot.path === path);
  }

  /**
   * Which objects are there: 1 for each node whose requirements and constraints the values meet. Whoever lacks a required object
   * is not there either, so a root that is 0 means that the event would be invalid.
   */
  complete(values: Values): Uint8Array {
    const there = new Uint8Array(this.#nodes.length);
    // Parents come before their members, so members are decided first.
    for (let index = this.#nodes.length - 1; index >= 0; index--) {
      const node = this.#nodes[index];
      const needs = this.#requirements[index];
      if (!node || !needs || needs.isImpossible) continue;
      if (index !== ROOT && !this.#hasOwn(node, values, there)) continue;
      if (isMet(needs, values, there)) there[index] = 1;
    }
    for (const { index, parent } of this.#nodes) if (parent >= 0 && there[parent] === 0) there[index] = 0;
    return there;
  }

  #hasOwn({ members }: Node, values: Values, there: Uint8Array): boolean {
    return members.some(({ slot, node }) =>
      node === undefined
        ? slot !== undefined && values[slot] !== undefined && !this.#lone.has(slot)
        : there[node] === 1,
    );
  }

  /** Whether a slot's value is part of the event. */
  shows(slot: Slot, values: Values, there: Uint8Array): boolean {
    return values[slot.index] !== undefined && there[slot.parent] === 1;
  }

  /** The names of the root's members that are there. */
  rootMembers(values: Values, there: Uint8Array): readonly string[] {
    const members = this.#nodes[ROOT]?.members ?? [];
    return members.flatMap(({ name, slot, node }) =>
      (node === undefined ? slot !== undefined && values[slot] !== undefined : there[node] === 1)
        ? [name]
        : [],
    );
  }

  /** The event as JSON text, without its closing brace, so that members can follow. */
  openText(values: Values, there: Uint8Array): string {
    return this.#text(ROOT, values, there).slice(0, -1);
  }

  #text(index: number, values: Values, there: Uint8Array): string {
    let out = '{';
    for (const { keyText, slot, node } of this.#nodes[index]?.members ?? []) {
      if (node !== undefined) {
        if (there[node] !== 1) continue;
        const inner = this.#text(node, values, there);
        const separator = out === '{' ? '' : ',';
        out += this.#nodes[node]?.type.isList
          ? `${separator}${keyText}[${inner}]`
          : `${separator}${keyText}${inner}`;
        continue;
      }
      const value = slot === undefined ? undefined : values[slot];
      if (value === undefined) continue;
      out += `${out === '{' ? '' : ','}${keyText}${JSON.stringify(value)}`;
    }
    return `${out}}`;
  }
}

function requirementsOf({ type, members }: Node): Requirements {
  const positions = new Map(
    members.map(({ name, slot, node }) => [name, node === undefined ? (slot ?? 0) : ~node]),
  );
  const known = (names: readonly string[]) => names.flatMap((name) => positions.get(name) ?? []);
  return {
    all: known(type.required),
    atLeastOne: type.atLeastOne.map(known),
    justOne: type.justOne.map(known),
    isImpossible: type.required.some((name) => !positions.has(name)),
  };
}

function isMet({ all, atLeastOne, justOne }: Requirements, values: Values, there: Uint8Array): boolean {
  const has = (position: number) => (position < 0 ? there[~position] === 1 : values[position] !== undefined);
  return (
    all.every(has) &&
    atLeastOne.every((positions) => positions.some(has)) &&
    justOne.every((positions) => positions.filter(has).length === 1)
  );
}
