/** Decides which objects of an event have what their schema requires of them. */
import { type Node, ROOT, type Values } from './event-tree.ts';

/** What an object needs, as positions of slots (from 0) and of nodes (`~index`, negative). */
export interface Requirements {
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

/** @param lone the slots whose values alone make no object. */
export function requirementsOf({ type, members }: Node, lone: ReadonlySet<number>): Requirements {
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

/** By node: 1 where the object is there, which needs its parent to be there. */
export function completeness(
  nodes: readonly Node[],
  requirements: readonly Requirements[],
  values: Values,
): Uint8Array {
  const there = new Uint8Array(nodes.length);
  // Parents come before their members, so members are decided first.
  for (let index = nodes.length - 1; index >= 0; index--) {
    const needs = requirements[index];
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
