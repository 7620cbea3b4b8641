/** Reports what a mapping names that its schema does not have: fields, classes, values. */

import type { Finding, Mistake } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import type { MappedShape } from '../../shared/event.ts';
import { EVENT_CATEGORIES } from './ecs/fields-data.ts';
import { ecsFieldNames, ecsRoot } from './ecs/schema.ts';
import { convertedConstant } from './form.ts';
import { CLASS_NAMES, ocsfClass, ocsfRoot } from './ocsf/schema.ts';
import { type Constant, type Origin, over, type Part, type Plan } from './plan.ts';
import { TemplateBuilder } from './template.ts';
import { type ObjectType, typeAt } from './vocabulary.ts';

/** Reports the mistakes of a plan, each once, at its place in the files. */
export function checkPlan(plan: Plan, shape: MappedShape): void {
  const told = new Set<string>();
  const tell = ({ file, path }: Origin, mistake: Mistake, rest: Partial<Finding> = {}) => {
    const key = JSON.stringify([file.path, path, mistake.message]);
    if (!told.has(key)) file.report({ ...mistake, ...rest, path });
    told.add(key);
  };
  const parts = partsOf(plan);
  for (const part of parts) {
    if (part.class) checkClass(part.class, shape, tell);
    if (shape === 'ecs') checkTypes(part, tell);
  }
  checkPaths(plan, shape, tell);
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
    const hint = didYouMean(name, CLASS_NAMES) ?? `the classes are ${CLASS_NAMES.join(', ')}`;
    tell(origin, { code: 'unknown-class', message: `no class is named "${name}"`, hint });
  }
}

/** ECS says which types of events a category has. */
function checkTypes({ set }: Part, tell: Tell): void {
  const categories = listOf(set.get('event.category')?.value);
  const types = set.get('event.type');
  if (!types || categories.length === 0) return;
  const expected = new Set(categories.flatMap((name) => (EVENT_CATEGORIES[name] ?? '').split(' ')));
  for (const type of listOf(types.value)) {
    if (expected.has(type)) continue;
    const message = `event.type "${type}" is none that event.category ${categories.join(', ')} has`;
    tell(types.origin, { code: 'bad-field-value', message, hint: `one of ${[...expected].join(', ')}` });
  }
}

function listOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((one) => (typeof one === 'string' ? [one] : []));
}

/** A path must be known in a class that it may take effect in; which ones those are, the part says, or the table. */
function checkPaths(plan: Plan, shape: MappedShape, tell: Tell): void {
  const groups = rootsByOrigin(plan, shape);
  for (const [, { origin, path, roots, constant, atKey }] of groups) {
    if (roots.length === 0) continue;
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
  }
}

interface Named {
  readonly origin: Origin;
  readonly path: string;
  readonly roots: ObjectType[];
  readonly constant: Constant | undefined;
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
  const ecs = shape === 'ecs' ? ecsRoot() : undefined;
  for (const part of partsOf(plan)) {
    const of = part.class && ocsfClass(part.class.name);
    const root = ecs ?? (of ? ocsfRoot(of) : undefined);
    if (!root) continue;
    for (const [path, constant] of [...part.set, ...part.defaults]) {
      add({ origin: constant.origin, path, constant, atKey: true }, root);
    }
    for (const placements of part.columns.values()) {
      for (const { to, origin } of placements) {
        for (const path of to) add({ origin, path, constant: undefined, atKey: false }, root);
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
