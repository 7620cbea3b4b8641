/** Fills a template from a row: the compiled mapping of one table, for one kind of row. */
import type { EnvelopeHead } from '../../shared/event.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { type Conversion, unchangedUpTo } from './conversions.ts';
import { type CurrentNames, currentName } from './current-names.ts';
import { COPIED, type Slot, type Values } from './event-tree.ts';
import { Copies, type Filling, Fillings, type Finisher } from './filling.ts';
import { conversionOf, eachMember, isObject, listIn, MAKES_OBJECTS, MOST_ELEMENTS } from './forms.ts';
import type { Constant, Part, Placement } from './plan.ts';
import type { RowReader } from './row-reader.ts';
import { type Event, type Template, TemplateBuilder } from './template.ts';
import type { ObjectType, ValueType } from './vocabulary.ts';
import { type FormWay, type Way, type Ways, waysWith } from './way.ts';

/** An event, with what became of each column. */
export interface Filled extends Event {
  /** In its first {@link placedCount} elements the ways, as the row counts them, of columns whose value stands in a field unchanged. */
  readonly placed: Int32Array;
  readonly placedCount: number;
  readonly filling: Filling;
  /** With `placed`, valid until the form is filled again. */
  readonly copies: Copies;
}

/** Fills what an event has from the envelope. */
export interface HeadWriter {
  /** What all events have, whatever the mapping says. */
  readonly constants: readonly (readonly [slot: Slot, value: JsonValue])[];
  /** Before the columns: what no column may replace. */
  before(values: Values, head: EnvelopeHead): void;
  /** After them: what stands in for columns that the row lacks, and what is {@link replaced}. */
  after(values: Values, head: EnvelopeHead): void;
  /** The slots in which the shape itself may replace what the columns brought: columns stay among the custom values, too. */
  readonly replaced: readonly Slot[];
}

/** What a shape adds to every event. */
export interface Dialect {
  /** Lays out the slots of what every event has, and returns what fills them. */
  readonly lay: (builder: TemplateBuilder) => HeadWriter;
  /** Returns the slots whose texts {@link deriver} and {@link lister} read, so that they must be decoded. */
  readonly reads?: (template: Template) => readonly Slot[];
  /** Returns what derives values from others, whatever objects are there. */
  readonly deriver?: (template: Template) => (values: Values) => void;
  /** Returns what sets the values that depend on which objects are there, and on nothing else. */
  readonly finisher?: (template: Template) => Finisher;
  /** Returns what sets the values that depend on that and on other values, too; undefined: there are none. */
  readonly lister?: (template: Template) => ((event: Event) => void) | undefined;
}

export interface FormOptions {
  readonly root: ObjectType;
  readonly part: Part;
  readonly dialect: Dialect;
  /** Where a path of the mapping goes; undefined: nowhere in this form. */
  readonly pathIn: (path: string) => string | undefined;
  /** Where the steps of the table file left the columns. */
  readonly names: CurrentNames;
}

/** A compiled mapping. Immutable. */
export class Form {
  readonly template: Template;
  readonly #ways: Ways;
  /** The values of an event of no row at all. */
  readonly #constants: Values;
  readonly #defaults: readonly (readonly [slot: Slot, value: JsonValue])[];
  readonly #head: HeadWriter;
  readonly #derive: ((values: Values) => void) | undefined;
  readonly #list: ((event: Event) => void) | undefined;
  readonly #fillings: Fillings;
  readonly #copies: Copies;
  readonly #placed: Int32Array;

  constructor({ root, part, dialect, pathIn, names }: FormOptions) {
    const builder = new TemplateBuilder(root);
    this.#head = dialect.lay(builder);
    const slotAt = (path: string) => {
      const there = pathIn(swapped(path, part.swap));
      return there === undefined ? undefined : builder.slot(there);
    };
    const constants = [
      ...constantsIn(part.set, (path) => {
        const there = pathIn(path);
        return there === undefined ? undefined : builder.slot(there);
      }),
      ...this.#head.constants,
    ];
    const { replaced } = this.#head;
    const ways = [...part.columns].flatMap(([column, placements]) =>
      placements
        .flatMap((placement) => waysOf(column, placement, names, slotAt))
        .map((way) => (replaced.includes(way.slot) ? { ...way, isWhole: false } : way)),
    );
    this.#defaults = constantsIn(part.defaults, slotAt);
    for (const [slot] of this.#defaults) builder.isDefault(slot);
    this.template = builder.settle();
    this.#derive = dialect.deriver?.(this.template);
    this.#list = dialect.lister?.(this.template);
    this.#fillings = new Fillings(this.template, dialect.finisher?.(this.template) ?? (() => []));
    this.#copies = new Copies(this.template.slots.length);
    this.#ways = waysWith(withCopied(ways, new Set(dialect.reads?.(this.template))));
    this.#placed = new Int32Array(ways.length);
    // Made so that the engine knows it to have no holes, which makes its copies quicker to read.
    this.#constants = Array.from(this.template.slots, () => undefined);
    for (const [slot, value] of [...this.#defaults, ...constants]) this.template.fix(slot, value);
    for (const [slot, value] of constants) this.#constants[slot.index] = value;
  }

  /**
   * The event of a row; undefined where the row lacks what the form's root requires.
   *
   * @param used gets the ways that brought a value.
   */
  fill(row: RowReader, head: EnvelopeHead, used?: Way[]): Filled | undefined {
    const values = this.#constants.slice();
    this.#head.before(values, head);
    this.#copies.clear();
    const ways = row.begin(this.#ways);
    const exact = this.#take(row, ways, { values, used });
    this.#head.after(values, head);
    for (const [slot, value] of this.#defaults) values[slot.index] ??= value;
    this.#derive?.(values);
    const filling = this.#fillings.of(values);
    const { there, finished } = filling;
    if (!finished) return undefined;
    for (const [slot, value] of finished) values[slot.index] = value;
    this.#list?.({ values, there });
    const placedCount = this.#shown(ways, exact, there);
    return { values, there, placed: this.#placed, placedCount, filling, copies: this.#copies };
  }

  /** Puts the columns into their slots. Returns how many of them are now in `#placed`: those that stand in a field unchanged. */
  #take(
    row: RowReader,
    ways: readonly FormWay[],
    { values, used }: { readonly values: Values; readonly used: Way[] | undefined },
  ): number {
    let exact = 0;
    for (let nth = 0; nth < ways.length; nth++) {
      const way = ways[nth];
      if (way === undefined) continue;
      const { slot, copiedUpTo } = way;
      const { index } = slot;
      const length = row.textLength(nth);
      const isCopied = length > 0 && length <= copiedUpTo && values[index] === undefined;
      const value = isCopied ? COPIED : valueIn(way, row, nth);
      if (value === undefined || (way.condition && !row.matches(way.condition))) continue;
      if (value === COPIED) values[index] = value;
      else {
        const converted = way.convert(value as JsonValue);
        if (converted === undefined || !put(values, slot, converted, this.#constants)) continue;
      }
      used?.push(way);
      const filled = values[index];
      if (!way.isWhole || !holds(filled, value)) continue;
      this.#placed[exact++] = nth;
      if (length >= 0 && (filled === COPIED || typeof filled === 'string'))
        this.#copies.keep(index, row.placeOf(nth));
    }
    return exact;
  }

  /** Leaves only those in `#placed` that the event shows. Returns how many these are. */
  #shown(ways: readonly FormWay[], exact: number, there: Uint8Array): number {
    const placed = this.#placed;
    let count = 0;
    for (let at = 0; at < exact; at++) {
      const nth = placed[at] ?? 0;
      if (there[ways[nth]?.slot.parent ?? 0] === 1) placed[count++] = nth;
    }
    return count;
  }
}

/** Says which ways copy texts: those that lead alone to a slot that nobody reads, and leave texts as they are. */
function withCopied(ways: readonly Way[], read: ReadonlySet<Slot>): readonly FormWay[] {
  const counts = new Map<Slot, number>();
  for (const { slot } of ways) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  return ways.map((way) => {
    const { slot, convert, isWhole } = way;
    const isAlone = isWhole && !slot.type.isList && counts.get(slot) === 1 && !read.has(slot);
    return { ...way, copiedUpTo: isAlone ? unchangedUpTo(convert) : 0 };
  });
}

function swapped(path: string, swap: Part['swap']): string {
  if (!swap) return path;
  const [one, other] = swap.pair;
  if (path === one || path.startsWith(`${one}.`)) return `${other}${path.slice(one.length)}`;
  if (path === other || path.startsWith(`${other}.`)) return `${one}${path.slice(other.length)}`;
  return path;
}

function constantsIn(
  constants: ReadonlyMap<string, Constant>,
  slotAt: (path: string) => Slot | undefined,
): (readonly [Slot, JsonValue])[] {
  return [...constants].flatMap(([path, { value }]) => {
    const slot = slotAt(path);
    const converted = slot && convertedConstant(slot.type, value);
    return slot && converted !== undefined ? [[slot, converted] as const] : [];
  });
}

/** A constant in the type of its field; undefined where it is none. */
export function convertedConstant(type: ValueType, value: JsonValue): JsonValue | undefined {
  if (!type.isList) return type.convert(value);
  const elements = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  const converted = elements.map((one) => type.convert(one));
  return converted.some((one) => one === undefined) ? undefined : (converted as JsonValue[]);
}

function waysOf(
  column: string,
  { entry, to, condition, origin }: Placement,
  names: CurrentNames,
  slotAt: (path: string) => Slot | undefined,
): Way[] {
  const [own = '', ...members] = column.split('.');
  const name = currentName(names, own);
  return to.flatMap((path) => {
    const slot = slotAt(path);
    if (!slot) return [];
    const convert = conversionTo(slot.type, entry);
    const isWhole = members.length === 0 && !entry.join;
    return [{ column: own, name, members, slot, convert, condition, isWhole, join: entry.join, origin }];
  });
}

/** The conversions of a placement, one behind the other; the field's own comes last. */
function conversionTo(type: ValueType, entry: Placement['entry']): Conversion {
  const steps: Conversion[] = [];
  if (entry.each !== undefined) steps.push(eachMember(entry.each));
  if (entry.objects) steps.push(objectsOf(entry.objects));
  const { split } = entry;
  if (split !== undefined)
    steps.push((value) => (typeof value === 'string' ? splitText(value, split) : value));
  if (entry.as !== undefined) steps.push(ofEach(conversionOf(entry.as)));
  if (entry.values)
    steps.push(
      ofEach(
        translation(
          entry.values as Readonly<Record<string, JsonValue>>,
          entry.default as JsonValue | undefined,
        ),
      ),
    );
  if (entry.as === undefined || MAKES_OBJECTS.get(entry.as) !== type.name) {
    steps.push(type.isList ? ofEach(type.convert) : type.convert);
  }
  const [only, second] = steps;
  if (only && !second) return only;
  return (value) => {
    let current: JsonValue | undefined = value;
    for (const step of steps) {
      if (current === undefined) return undefined;
      current = step(current);
    }
    return current;
  };
}

/** Applies a conversion to each element of a list, and leaves out what cannot be converted. */
function ofEach(convert: Conversion): Conversion {
  return (value) => {
    const list = Array.isArray(value) ? (value as readonly JsonValue[]) : undefined;
    if (list === undefined) return convert(value);
    if (list.length > MOST_ELEMENTS) return undefined;
    const whole = convert(value);
    if (Array.isArray(whole) && whole !== value) return whole;
    const converted = list.flatMap((one) => convert(one) ?? []);
    return converted.length > 0 ? converted : undefined;
  };
}

function translation(
  table: Readonly<Record<string, JsonValue>>,
  fallback: JsonValue | undefined,
): Conversion {
  const entries = Object.entries(table);
  const values = new Map(entries.map(([key, value]) => [key.toLowerCase(), value]));
  // Rows nearly always spell a value as the mapping does, and making lower case of each costs more than all else here.
  const spelt = new Map(entries.map(([key]) => [key, values.get(key.toLowerCase())]));
  return (value) => {
    if (typeof value === 'object') return fallback;
    const key = String(value);
    return spelt.get(key) ?? values.get(key.toLowerCase()) ?? fallback;
  };
}

function splitText(value: string, separator: string): JsonValue | undefined {
  const parts = value.split(separator, MOST_ELEMENTS + 1).flatMap((part) => part.trim() || []);
  return parts.length > 0 && parts.length <= MOST_ELEMENTS ? parts : undefined;
}

function objectsOf(members: Readonly<Record<string, string>>): Conversion {
  return (value) => {
    const made = listIn(value)?.flatMap((element) => {
      if (!isObject(element)) return [];
      const own = Object.entries(members).flatMap(([from, to]) => {
        const inside = Object.hasOwn(element, from) ? element[from] : undefined;
        return inside === undefined || inside === null || inside === '' ? [] : [[to, inside] as const];
      });
      return own.length > 0 ? [Object.fromEntries(own) as JsonObject] : [];
    });
    return made && made.length > 0 ? made : undefined;
  };
}

function valueIn({ column, members, join }: Way, row: RowReader, nth: number): JsonValue | undefined {
  const value = members.length === 0 ? row.valueOf(nth) : row.inside(column, members);
  if (!join || typeof value !== 'string') return join ? undefined : value;
  const rest = join.columns.map((name) => row.column(name));
  if (rest.some((one) => typeof one !== 'string')) return undefined;
  return [value, ...rest].join(join.separator);
}

/** Whether the value found a place: a single value is the first that comes, a list takes each once. */
function put(values: Values, { index, type }: Slot, converted: JsonValue, constants: Values): boolean {
  const before = values[index];
  if (!type.isList) {
    if (Array.isArray(converted)) return false;
    if (before === undefined) values[index] = converted;
    return values[index] === converted;
  }
  // The list of a constant is shared by all events.
  const own = Array.isArray(before) ? (before as JsonValue[]) : [];
  const list = before === constants[index] ? [...own] : own;
  if (!Array.isArray(converted)) addOnce(list, converted);
  else for (const one of converted as readonly JsonValue[]) addOnce(list, one);
  if (list.length > 0) values[index] = list;
  return list.length > 0;
}

function addOnce(list: JsonValue[], value: JsonValue): void {
  if (list.length < MOST_ELEMENTS && !list.includes(value)) list.push(value);
}

/** Whether the event holds a row's value as it came, alone or in a list; then it need not stand anywhere else. */
function holds(filled: Values[number], value: JsonValue | typeof COPIED): boolean {
  if (filled === value) return true;
  if (!Array.isArray(filled)) return false;
  const list = filled as readonly JsonValue[];
  if (!Array.isArray(value)) return list.some((held) => isHeld(held, value as JsonValue));
  return (value as readonly JsonValue[]).every((one) => list.some((held) => isHeld(held, one)));
}

function isHeld(held: JsonValue, value: JsonValue): boolean {
  return held === value || (isObject(held) && held.value === value);
}
