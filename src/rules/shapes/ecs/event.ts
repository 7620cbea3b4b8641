/** What every event in the Elastic Common Schema has, beside what the mapping of its table says. */
import { attackTags, ownName } from '../../../shared/attack.ts';
import { type EnvelopeHead, LEVELS, type RuleRef } from '../../../shared/event.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { snakeCase } from '../../../shared/snake-case.ts';
import { instant } from '../conversions.ts';
import { isEmpty } from '../empty.ts';
import type { Slot, Values } from '../event-tree.ts';
import type { Dialect } from '../form.ts';
import { SlotList } from '../slot-list.ts';
import type { Template, TemplateBuilder } from '../template.ts';
import { ECS_VERSION } from './fields-data.ts';

const MODULE = 'microsoft_defender_xdr';
/** Of a row without any time: ECS requires one. */
const NO_TIME = '1970-01-01T00:00:00.000Z';
const RELATED = ['ip', 'hosts', 'user', 'hash'] as const;

const HEAD_FIELDS = [
  '@timestamp',
  'event.kind',
  'event.id',
  'event.created',
  'event.severity',
  'organization.id',
] as const;

const ALERT_FIELDS = [
  '@timestamp',
  'event.kind',
  'event.start',
  'event.end',
  'message',
  'tags',
  'rule.name',
  'rule.id',
  'rule.description',
  'rule.author',
  'rule.reference',
  'event.url',
  'threat.framework',
  'threat.tactic.name',
  'threat.tactic.id',
  'threat.technique.id',
  'threat.technique.name',
  'threat.technique.subtechnique.id',
  'threat.technique.subtechnique.name',
] as const;

/** The additions of ECS to the events of one table. */
export function ecsDialect(table: string): Dialect {
  const dataset = `${MODULE}.${snakeCase(table)}`;
  return {
    lay(builder) {
      const set = setters(builder, HEAD_FIELDS);
      const constants = Object.entries({
        'ecs.version': ECS_VERSION,
        'event.module': MODULE,
        'event.dataset': dataset,
      }).flatMap(([field, value]) => {
        const slot = builder.slot(field);
        return slot ? [[slot, value] as const] : [];
      });
      const time = builder.slot('@timestamp');
      const kind = builder.slot('event.kind');
      const alert = alertFields(builder);
      for (const name of RELATED) builder.slot(`related.${name}`);
      return {
        constants,
        before(values, head) {
          set(values, 'event.id', head.alertId ?? head.id);
          if (head.received !== undefined) set(values, 'event.created', instant(head.received));
          if (head.tenant) set(values, 'organization.id', head.tenant);
          if (head.severity) set(values, 'event.severity', LEVELS.indexOf(head.severity) + 1);
          if (head.rule) alert(values, head, head.rule);
        },
        after(values, head) {
          if (time && values[time.index] === undefined) {
            set(values, '@timestamp', instant(head.time) ?? instant(head.received ?? '') ?? NO_TIME);
          }
          if (kind && values[kind.index] === undefined) set(values, 'event.kind', 'event');
        },
        replaced: [],
      };
    },
    reads: (template) => relatedIn(template).flatMap(({ from }) => from),
    deriver(template) {
      const shown = relatedIn(template).map(({ slot, from }) => ({
        slot: slot.index,
        from: from.map(({ index }) => index),
        list: new SlotList(),
      }));
      return (values) => {
        for (const { slot, from, list } of shown) {
          list.begin(values[slot]);
          for (const index of from) list.add(values[index], index);
          values[slot] = list.isEmpty ? undefined : list;
        }
      };
    },
  };
}

/** The slots of `related.*`, each with those whose values it shows. */
function relatedIn(template: Template): readonly { readonly slot: Slot; readonly from: readonly Slot[] }[] {
  return RELATED.flatMap((name) => {
    const slot = template.find(`related.${name}`);
    const from = template.slots.filter(({ type }) => type.shownAs === name);
    return slot ? [{ slot, from }] : [];
  });
}

/** What an alert says of its rule, under the alert's own title. */
function alertFields(builder: TemplateBuilder): (values: Values, head: EnvelopeHead, rule: RuleRef) => void {
  const set = setters(builder, ALERT_FIELDS);
  return (values, { title, group, page }, rule) => {
    const { tactics, techniques, subtechniques } = attackTags(rule.tags ?? []);
    set(values, 'event.kind', 'alert');
    set(values, 'message', title ?? rule.title);
    set(values, 'event.url', page);
    if (group) {
      set(values, '@timestamp', instant(group.lastTime));
      set(values, 'event.start', instant(group.firstTime));
      set(values, 'event.end', instant(group.lastTime));
    }
    set(values, 'rule.name', rule.title);
    set(values, 'rule.id', rule.id);
    set(values, 'rule.description', rule.description);
    set(values, 'rule.author', rule.author ? [rule.author] : undefined);
    set(values, 'rule.reference', rule.references?.[0]);
    set(
      values,
      'tags',
      rule.tags?.filter((tag) => tag !== ''),
    );
    if (tactics.length + techniques.length === 0) return;
    set(values, 'threat.framework', 'MITRE ATT&CK');
    set(values, 'threat.tactic.name', listOrNone(tactics.map(({ name }) => name)));
    set(values, 'threat.tactic.id', listOrNone(tactics.map(({ id }) => id)));
    set(values, 'threat.technique.id', listOrNone(techniques));
    set(values, 'threat.technique.name', listOrNone(techniques.flatMap((id) => ownName(id) ?? [])));
    set(values, 'threat.technique.subtechnique.id', listOrNone(subtechniques));
    set(
      values,
      'threat.technique.subtechnique.name',
      listOrNone(subtechniques.flatMap((id) => ownName(id) ?? [])),
    );
  };
}

function listOrNone(list: readonly string[]): readonly string[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** Adds the fields, and returns what sets one of them. A list is copied: a column of the row may add to it, and lists of a rule serve all of its alerts. */
function setters<F extends string>(
  builder: TemplateBuilder,
  fields: readonly F[],
): (values: Values, field: F, value: JsonValue | undefined) => void {
  const slots = Object.fromEntries(fields.map((field) => [field, builder.slot(field)])) as Readonly<
    Record<F, Slot | undefined>
  >;
  return (values, field, value) => {
    const slot = slots[field];
    if (slot && value !== undefined && !isEmpty(value))
      values[slot.index] = Array.isArray(value) ? [...value] : value;
  };
}
