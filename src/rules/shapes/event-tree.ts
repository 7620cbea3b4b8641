/** The parts of a template, and the values that fill it. */
import type { JsonValue } from '../../shared/json.ts';
import type { ObjectType, ValueType } from './vocabulary.ts';

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

export interface Member {
  readonly name: string;
  /** The member's name as JSON, with the colon; of an object with what opens it. */
  readonly keyText: string;
  /** The same behind another member. */
  readonly nextKeyText: string;
  readonly slot: number | undefined;
  readonly node: number | undefined;
}

export interface Node {
  readonly index: number;
  readonly parent: number;
  readonly path: string;
  readonly type: ObjectType;
  readonly members: Member[];
}

/** A value that is written as its JSON text. */
export class JsonText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }
}

/** Stands for a text that was not decoded, because it is copied from the row's bytes. */
export const COPIED = new JsonText('""');

/** Stands for the list that {@link Template.compose} describes. */
export const COMPOSED = new JsonText('[]');

/** The values of one event while it is made, by slot. */
export type Values = (JsonValue | JsonText | undefined)[];

export const ROOT = 0;
