/** The names that a reference may be: of destinations, rules, lists, tables, columns, tags. */
import { TACTICS, tacticOf } from '../../shared/attack.ts';
import { TECHNIQUES } from '../../shared/attack-techniques.ts';
import { plural } from '../../shared/readable.ts';
import { DEVICES } from '../lists/list.ts';
import { actionTypesOf } from '../schema/index.ts';
import type { Logsource } from '../sigma/index.ts';
import { aboutColumn, aboutDestination, aboutList, aboutRule, aboutTag } from './about.ts';
import { type EditedFile, fieldsAt, type Place } from './document.ts';
import { logsourceNames, tableNamesOf } from './fields.ts';
import type { FolderModel, ModelRule } from './model.ts';
import type { Reference } from './references.ts';

/** A name that can be written. */
export interface Named {
  readonly name: string;
  /** Default: `name`. */
  readonly kind?: 'column' | 'field' | 'key' | 'modifier' | 'name' | 'value';
  readonly detail?: string | undefined;
  /** Markdown. */
  readonly about?: string | undefined;
  /** Among the names of one reference; the lowest first. */
  readonly rank?: number;
}

/** Where a name is wanted. */
export interface Wanted {
  readonly file: EditedFile;
  readonly place: Place;
  readonly model: FolderModel;
}

/** The names that may stand where one of a kind is wanted. */
export function namesFor(reference: Reference, { file, place, model }: Wanted): readonly Named[] {
  switch (reference) {
    case 'destination':
      return (model.destinations ?? []).map((one) => ({
        name: one.name,
        detail: one.type,
        about: aboutDestination(one),
      }));
    case 'rule':
      return model.rules.flatMap((rule) => namesOfRule(rule, file));
    case 'list':
      return listNames(model);
    case 'table':
      return tableNamesOf(model).map((name) => ({ name }));
    case 'tag':
      return TAGS;
    case 'variable':
      return model.variables.map((name) => ({ name: `$${name}` }));
    case 'logsource':
      return logsourceNames(place.cursor.path.at(-1) as keyof Logsource, model).map((name) => ({
        name,
        kind: 'value',
      }));
    case 'action-type':
      return fieldsAt(file, place, model).tables.flatMap((table) =>
        [...(actionTypesOf(table)?.names.values() ?? [])].map((name) => ({
          name,
          kind: 'value' as const,
          detail: table,
        })),
      );
    case 'column': {
      const { columns, fields } = fieldsAt(file, place, model);
      // In Sigma documents columns of rows are named by the rule's own fields too.
      const own =
        file.kind === 'detections' ? fields.map(({ name }) => ({ name, kind: 'field' as const })) : [];
      return [
        ...own,
        ...columns.map((one) => ({
          name: one.name,
          kind: 'column' as const,
          detail: one.type,
          about: aboutColumn([one]),
        })),
      ];
    }
  }
}

function listNames({ lists }: FolderModel): readonly Named[] {
  const named = lists.map((list) => ({
    name: list.name,
    detail: `${list.type}, ${plural(list.size, 'entry', 'entries')}`,
    about: aboutList(list),
  }));
  const devices = 'The devices that the relay has seen in DeviceInfo. The list fills itself.';
  return [...named, { name: DEVICES, detail: 'filled by DeviceInfo', about: devices, rank: 1 }];
}

/** A rule by its id where it has one: ids stay the same. Correlations name rules by id or name, tests by title. */
function namesOfRule(rule: ModelRule, { kind }: EditedFile): readonly Named[] {
  const about = aboutRule(rule);
  const { title, id, name } = rule;
  if (rule.kind === 'filter') return [];
  const byTitle: Named = {
    name: title,
    detail: rule.level,
    about,
    rank: kind === 'tests' || kind === 'tables' ? 0 : 100,
  };
  const byId: readonly Named[] = id === undefined ? [] : [{ name: id, detail: title, about }];
  if (kind === 'tests' || kind === 'tables') return [byTitle];
  if (kind !== 'detections') return [...byId, byTitle];
  return [...(name === undefined ? [] : [{ name, detail: title, about }]), ...byId];
}

const TACTIC_TAGS: readonly Named[] = Object.keys(TACTICS).map((name) => ({
  name: `attack.${name}`,
  kind: 'value',
  detail: tacticOf(name)?.name,
  about: aboutTag(`attack.${name}`),
}));

const TECHNIQUE_TAGS: readonly Named[] = [...TECHNIQUES].flatMap(([id, { name, subtechniques }]) => [
  { name: `attack.${id.toLowerCase()}`, kind: 'value' as const, detail: name, rank: 1 },
  ...[...subtechniques].map(([sub, own]) => ({
    name: `attack.${id.toLowerCase()}.${sub}`,
    kind: 'value' as const,
    detail: `${name}: ${own}`,
    rank: 2,
  })),
]);

const TAGS: readonly Named[] = [...TACTIC_TAGS, ...TECHNIQUE_TAGS];
