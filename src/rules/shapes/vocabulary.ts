/** What a shape's schema says of its fields: the tree of objects and values that a mapping may fill. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import type { Conversion } from './conversions.ts';

/** A value of the schema. */
export interface ValueType {
  readonly kind: 'value';
  /** The schema's name of the type, for messages and documentation. */
  readonly name: string;
  readonly isList: boolean;
  readonly convert: Conversion;
  /** What else shows the value: `related.*` of ECS, an observable of OCSF. */
  readonly shownAs?: string | number;
}

/** An object of the schema. */
export interface ObjectType {
  readonly kind: 'object';
  readonly name: string;
  readonly isList: boolean;
  /** The member of this name; undefined where the schema has none. */
  child(name: string): ValueType | ObjectType | undefined;
  /** For "did you mean". */
  childNames(): readonly string[];
  /** OCSF: the profile that a member belongs to; undefined: the object itself. An event that has the member must name the profile. */
  profileOf?(name: string): string | undefined;
  readonly required: readonly string[];
  /** Of each list at least one member must be there. */
  readonly atLeastOne: readonly (readonly string[])[];
  /** Of each list exactly one member must be there. */
  readonly justOne: readonly (readonly string[])[];
}

/** The type at a dotted path below an object, or how far the path leads. */
export function typeAt(
  root: ObjectType,
  path: string,
): ValueType | ObjectType | { readonly kind: 'unknown'; readonly in: ObjectType; readonly name: string } {
  let current: ValueType | ObjectType = root;
  for (const name of path.split('.')) {
    if (current.kind === 'value') return { kind: 'unknown', in: root, name };
    const next: ValueType | ObjectType | undefined = current.child(name);
    if (next === undefined) return { kind: 'unknown', in: current, name };
    current = next;
  }
  return current;
}

/**
 * The conversion to an object of a type: members are converted, what the type does not have or cannot hold is left out, and so are
 * members of profiles, which the event would have to name. Undefined where the object would not meet its type's requirements.
 */
export function objectConversion(type: ObjectType): Conversion {
  return (value) => {
    if (!isJsonObject(value)) return undefined;
    const members = Object.entries(value).flatMap(([name, given]) => {
      const member = type.profileOf?.(name) === undefined ? type.child(name) : undefined;
      const converted = member && convertedMember(member, given);
      return converted === undefined ? [] : [[name, converted] as const];
    });
    const names = new Set(members.map(([name]) => name));
    const has = (name: string) => names.has(name);
    const isWhole =
      members.length > 0 &&
      type.required.every(has) &&
      type.atLeastOne.every((list) => list.some(has)) &&
      type.justOne.every((list) => list.filter(has).length === 1);
    return isWhole ? (Object.fromEntries(members) as JsonObject) : undefined;
  };
}

function convertedMember(type: ValueType | ObjectType, value: JsonValue): JsonValue | undefined {
  const convert = type.kind === 'value' ? type.convert : objectConversion(type);
  if (!type.isList) return convert(value);
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  const converted = list.flatMap((one) => convert(one) ?? []);
  return converted.length > 0 ? converted : undefined;
}
