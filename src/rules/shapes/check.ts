/** Reports what a mapping names that its schema does not have: fields, classes, values. */

import type { Finding, Mistake } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import type { Path } from '../../diagnostics/path.ts';
import type { MappedShape } from '../../shared/event.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { OpenRuleFile } from '../open-rule-file.ts';
import { EVENT_CATEGORIES } from './ecs/fields-data.ts';
import { ecsFieldNames, ecsRoot } from './ecs/schema.ts';
import { convertedConstant } from './form.ts';
import { MAKES_OBJECTS } from './forms.ts';
import { classNames, ocsfClass, ocsfRoot } from './ocsf/schema.ts';
import { type Constant, type Origin, over, type Part, type Placement, type Plan } from './plan.ts';
import { TemplateBuilder } from './template.ts';
import { type ObjectType, typeAt, type ValueType } from './vocabulary.ts';

/**
 * Reports the mistakes of a plan, each once, at its place in the files.
 *
 * @param isOwn whether a file is the user's: a mistake that two files make together is reported in it.
 */
export function checkPlan(plan: Plan, shape: MappedShape, isOwn: (file: OpenRuleFile) => boolean): void {
  const told = new Set<string>();
  const tell = ({ file, path }: Origin, mistake: Mistake, rest: Partial<Finding> = {}) => {
    const key = JSON.stringify([file.path, path, mistake.message]);
    if (!told.has(key)) file.report({ ...mistake, ...rest, path });
    told.add(key);
  };
  const parts = partsOf(plan);
  for (const part of parts) {
    if (part.class) checkClass(part.class, shape, tell);
    if (shape === 'ecs') checkTypes(part, isOwn, tell);
  }
  checkPaths(plan, shape, tell);
  checkSwaps(plan, shape, tell);
}

/** Both names must be objects of a class that the swap may take effect in. */
function checkSwaps(plan: Plan, shape: MappedShape, tell: Tell): void {
  const parts = partsOf(plan);
  const roots = parts.flatMap((part) => rootOf(part, shape) ?? []);
  for (const { swap } of parts) {
    for (const [index, name] of (swap?.pair ?? []).entries()) {
      if (!swap || roots.some((root) => typeAt(root, name).kind === 'object')) continue;
      const { origin } = swap;
      const message = `${shape === 'ecs' ? 'ECS' : 'OCSF'} has no object "${name}" there`;
      tell({ ...origin, path: [...origin.path, index] }, { code: 'unknown-field', message });
    }
  }
}

function rootOf(part: Part, shape: MappedShape): ObjectType | undefined {
  if (shape === 'ecs') return ecsRoot();
  const of = part.class && ocsfClass(part.class.name);
  return of ? ocsfRoot(of) : undefined;
}

type Tell = (origin: Origin, mistake: Mistake, rest?: Partial<Finding>) => void;

/** Each part as it takes effect: laid over the table's own. */
function partsOf({ base, actions, cases, otherwise }: Plan): readonly Part[] {
  const rest = [...actions.values(), ...cases.map(({ part }) => part), ...otherwise];
  return [base, ...rest.map((part) => over(base, part))];
}

function checkClass({ name, origin }: NonNullable<Part['class']>, shape: MappedShape, tell: Tell): void {
  if (shape === 'ecs') {
    tell(origin, { code: 'unknown-class', message: 'ECS has no classes', hint: 'remove "class"' });
  } else if (!ocsfClass(name)) {
    const hint = didYouMean(name, classNames()) ?? `the classes are ${classNames().join(', ')}`;
    tell(origin, { code: 'unknown-class', message: `no class is named "${name}"`, hint });
  }
}

/** ECS says which types of events a category has. */
function checkTypes({ set }: Part, isOwn: (file: OpenRuleFile) => boolean, tell: Tell): void {
  const category = set.get('event.category');
  const categories = listOf(category?.value);
  const types = set.get('event.type');
  if (!types || categories.length === 0) return;
  const expected = new Set(categories.flatMap((name) => (EVENT_CATEGORIES[name] ?? '').split(' ')));
  for (const type of listOf(types.value)) {
    if (expected.has(type)) continue;
    const message = `event.type "${type}" is none that event.category ${categories.join(', ')} has`;
    const origin = category && !isOwn(types.origin.file) ? category.origin : types.origin;
    tell(origin, { code: 'bad-field-value', message, hint: `one of ${[...expected].join(', ')}` });
  }
}

function listOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((one) => (typeof one === 'string' ? [one] : []));
}

/** A path must be known in a class that it may take effect in; which ones those are, the part says, or the table. */
function checkPaths(plan: Plan, shape: MappedShape, tell: Tell): void {
  const groups = rootsByOrigin(plan, shape);
  for (const [, { origin, path, roots, constant, placement, atKey }] of groups) {
    if (roots.length === 0) continue;
    if (RESERVED[shape].has(path)) {
      const message = `"${path}" is filled for every event, and cannot be mapped`;
      tell(origin, { code: 'reserved-field', message }, { atKey });
      continue;
    }
    const types = roots.map((root) => typeAt(root, path));
    const known = types.find((type) => type.kind !== 'unknown');
    if (known === undefined) {
      const first = types[0];
      if (first?.kind === 'unknown') tell(origin, unknownField(path, first, shape), { atKey });
      continue;
    }
    if (known.kind === 'object' && !known.isList) {
      const message = `"${path}" is an object`;
      tell(origin, { code: 'unknown-field', message, hint: 'name one of its members' }, { atKey });
      continue;
    }
    const slot = roots.map((root) => new TemplateBuilder(root).slot(path)).find((one) => one !== undefined);
    if (constant && slot && convertedConstant(slot.type, constant.value) === undefined) {
      const message = `"${path}" cannot be ${JSON.stringify(constant.value)}`;
      tell(origin, { code: 'bad-field-value', message, hint: `its type is ${slot.type.name}` });
    }
    if (placement && slot) checkPlacement({ path, origin, placement, type: slot.type, known }, tell);
  }
}

/** Fields that the writer of a shape fills: what else stood there would be lost, or make the event invalid. */
const RESERVED: Readonly<Record<MappedShape, ReadonlySet<string>>> = {
  ecs: new Set(['ecs.version', 'event.id', 'event.module', 'event.dataset']),
  ocsf: new Set([
    'activity_name',
    'category_uid',
    'class_name',
    'class_uid',
    'metadata.log_name',
    'metadata.product.name',
    'metadata.product.vendor_name',
    'metadata.profiles',
    'metadata.uid',
    'metadata.version',
    'observables',
    'type_uid',
    'unmapped',
  ]),
};

interface Placed {
  readonly path: string;
  readonly origin: Origin;
  readonly placement: Placement;
  readonly type: ValueType;
  readonly known: ValueType | ObjectType;
}

/** What a placement makes of a column must fit into its field. */
function checkPlacement({ path, origin, placement, type, known }: Placed, tell: Tell): void {
  const { values, default: other, as, objects } = placement.entry;
  const at = (...below: Path): Origin => ({ ...origin, path: [...origin.path, ...below] });
  const need = (value: unknown, place: Origin) => {
    if (value === undefined || convertedConstant(type, value as JsonValue) !== undefined) return;
    const message = `"${path}" cannot be ${JSON.stringify(value)}`;
    tell(place, { code: 'bad-field-value', message, hint: `its type is ${type.name}` });
  };
  for (const [key, value] of Object.entries(values ?? {})) need(value, at('values', key));
  need(other, at('default'));
  const made = as && MAKES_OBJECTS.get(as);
  if (made !== undefined && made !== type.name) {
    const message = `"${as}" makes ${made} objects, and "${path}" holds ${type.name}`;
    tell(at('as'), { code: 'bad-field-value', message });
  }
  for (const [from, to] of Object.entries(objects ?? {})) {
    if (known.kind === 'object' && known.child(to) !== undefined) continue;
    const hint = known.kind === 'object' ? didYouMean(to, known.childNames()) : undefined;
    const message = `the objects of "${path}" have no "${to}"`;
    tell(at('objects', from), { code: 'unknown-field', message, ...(hint === undefined ? {} : { hint }) });
  }
}

interface Named {
  readonly origin: Origin;
  readonly path: string;
  readonly roots: ObjectType[];
  readonly constant: Constant | undefined;
  readonly placement: Placement | undefined;
  readonly atKey: boolean;
}

/** Every path that the files name, with the roots that it may stand in. */
function rootsByOrigin(plan: Plan, shape: MappedShape): ReadonlyMap<string, Named> {
  const found = new Map<string, Named>();
  const add = (named: Omit<Named, 'roots'>, root: ObjectType) => {
    const { file, path } = named.origin;
    const key = JSON.stringify([file.path, path, named.path]);
    const before = found.get(key);
    if (before) before.roots.push(root);
    else found.set(key, { ...named, roots: [root] });
  };
  for (const part of partsOf(plan)) {
    const root = rootOf(part, shape);
    if (!root) continue;
    for (const [path, constant] of [...part.set, ...part.defaults]) {
      add({ origin: constant.origin, path, constant, placement: undefined, atKey: true }, root);
    }
    for (const placements of part.columns.values()) {
      for (const placement of placements) {
        const { to, origin } = placement;
        for (const path of to) add({ origin, path, constant: undefined, placement, atKey: false }, root);
      }
    }
  }
  return found;
}

function unknownField(
  path: string,
  { in: object, name }: { readonly in: ObjectType; readonly name: string },
  shape: MappedShape,
): Mistake {
  const where = shape === 'ecs' ? 'ECS' : `OCSF's ${object.name}`;
  const names = shape === 'ecs' ? ecsFieldNames() : object.childNames();
  const hint = didYouMean(shape === 'ecs' ? path : name, names);
  const message =
    shape === 'ecs'
      ? `${where} has no field "${path}"`
      : `${where} has no attribute "${name}", as in "${path}"`;
  return { code: 'unknown-field', message, hint };
}
