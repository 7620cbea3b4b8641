/** What every OCSF event has, beside what the mapping of its table says. */
import { attackTags, ownName } from '../../../shared/attack.ts';
import { type EnvelopeHead, LEVELS, type Level, type RuleRef } from '../../../shared/event.ts';
import type { JsonObject, JsonValue } from '../../../shared/json.ts';
import { epoch } from '../conversions.ts';
import { isEmpty } from '../empty.ts';
import { COMPOSED, JsonText, type Slot, type Values } from '../event-tree.ts';
import type { Dialect } from '../form.ts';
import { MOST_ELEMENTS } from '../forms.ts';
import type { ComposedPart, Event, Profiled, Template, TemplateBuilder } from '../template.ts';
import { OBSERVABLE_TYPES, type OcsfClass } from './schema.ts';
import { OCSF_VERSION } from './schema-data.ts';

const OTHER_ACTIVITY = 99;
const INFORMATIONAL = 1;
/** OCSF's severity_id 1 to 5 are Sigma's levels in order. */
const severityId = (level: Level) => LEVELS.indexOf(level) + 1;
/** finding_info.analytic.type_id: a rule. */
const RULE_ANALYTIC = 1;
/** status_id of a finding: new. */
const NEW = 1;
/** activity_id of a finding: create, update. */
const CREATE = 1;
const UPDATE = 2;

const FIELDS = [
  'activity_id',
  'activity_name',
  'metadata.original_time',
  'metadata.profiles',
  'metadata.tenant_uid',
  'metadata.uid',
  'observables',
  'severity_id',
  'time',
  'type_uid',
] as const;
type Field = (typeof FIELDS)[number];
/** What follows from other values, whatever a column brought. */
const REPLACED: readonly Field[] = ['activity_name', 'metadata.profiles', 'observables', 'type_uid'];

const FINDING_FIELDS = [
  'finding_info.uid',
  'finding_info.title',
  'finding_info.desc',
  'finding_info.analytic.name',
  'finding_info.analytic.uid',
  'finding_info.analytic.type_id',
  'finding_info.attacks',
  'finding_info.related_events',
  'finding_info.src_url',
  'finding_info.first_seen_time',
  'finding_info.last_seen_time',
  'count',
  'start_time',
  'end_time',
  'time',
  'is_alert',
  'message',
  'status_id',
] as const;

/** The additions of OCSF to events of one class. @param table for `metadata.log_name`. */
export function ocsfDialect(of: OcsfClass, table: string): Dialect {
  return {
    lay(builder) {
      const slots = slotsOf(builder, FIELDS);
      const set = (values: Values, field: Field, value: JsonValue | undefined) =>
        put(values, slots[field], value);
      const orElse = (values: Values, field: Field, value: JsonValue): JsonValue | JsonText => {
        const slot = slots[field];
        if (slot) values[slot.index] ??= value;
        return (slot && values[slot.index]) ?? value;
      };
      const finding = findingFields(builder);
      const constants = Object.entries({
        category_uid: of.category,
        class_uid: of.uid,
        class_name: of.caption,
        'metadata.log_name': `AdvancedHunting-${table}`,
        'metadata.product.name': 'Microsoft Defender XDR',
        'metadata.product.vendor_name': 'Microsoft',
        'metadata.version': OCSF_VERSION,
      }).flatMap(([field, value]) => {
        const slot = builder.slot(field);
        return slot && !isEmpty(value) ? [[slot, value] as const] : [];
      });
      return {
        constants,
        before(values, head) {
          if (head.rule) finding(values, head, head.rule);
          if (head.severity) set(values, 'severity_id', severityId(head.severity));
          set(values, 'metadata.original_time', head.time || undefined);
          set(values, 'metadata.tenant_uid', head.tenant || undefined);
          set(values, 'metadata.uid', head.alertId ?? head.id);
        },
        after(values, head) {
          orElse(values, 'severity_id', INFORMATIONAL);
          orElse(values, 'time', epoch(head.time) ?? epoch(head.received ?? '') ?? 0);
          const activity = Number(orElse(values, 'activity_id', OTHER_ACTIVITY));
          set(values, 'activity_name', of.activities[activity]);
          set(values, 'type_uid', of.uid * 100 + activity);
        },
        replaced: REPLACED.flatMap((field) => slots[field] ?? []),
      };
    },
    reads(template) {
      const observed = observedIn(template);
      return hasList(observed) ? observed.map(({ slot }) => slot) : [];
    },
    finisher(template) {
      const profiles = profilesOf(of, template);
      const profilesSlot = template.find('metadata.profiles');
      const observablesSlot = template.find('observables');
      const observed = observedIn(template);
      if (observablesSlot) template.compose(observablesSlot, observed);
      return (values, there) => {
        const named = profiles(values, there);
        if (named === 'incomplete') return undefined;
        const finished: [Slot, JsonText][] = [];
        if (named && profilesSlot) finished.push([profilesSlot, named]);
        if (observablesSlot && observed.some(({ slot }) => template.shows(slot, values, there)))
          finished.push([observablesSlot, hasList(observed) ? NO_LIST : COMPOSED]);
        return finished;
      };
    },
    lister(template) {
      const slot = template.find('observables');
      const observed = observedIn(template);
      if (!slot || !hasList(observed)) return undefined;
      return ({ values, there }) => {
        if (values[slot.index] === NO_LIST)
          values[slot.index] = observablesIn({ values, there }, { template, observed });
      };
    },
  };
}

/** Returns what tells which profiles an event has members of, as JSON; `incomplete` where it lacks what one of them requires of the root. */
function profilesOf(
  { attributes }: OcsfClass,
  template: Template,
): (values: Values, there: Uint8Array) => JsonText | 'incomplete' | undefined {
  const members = template.profiled();
  const names = [...new Set(members.map(({ profile }) => profile))].sort();
  const checks = names.map((profile) => {
    const own = members.filter((member) => member.profile === profile);
    const asked = [...attributes].flatMap(([name, attribute]) =>
      attribute.profile === profile && attribute.isRequired ? [name] : [],
    );
    const roots = asked.map((name) => own.filter((member) => member.isOfRoot && member.name === name));
    return { own, roots };
  });
  // An event has one of few combinations.
  const texts = new Map<number, JsonText | undefined>();
  return (values, there) => {
    const isThere = (member: Profiled) => member.isThere(values, there);
    let present = 0;
    for (const [index, { own, roots }] of checks.entries()) {
      if (!own.some(isThere)) continue;
      present |= 1 << index;
      if (!roots.every((some) => some.some(isThere))) return 'incomplete';
    }
    if (present === 0) return undefined;
    let text = texts.get(present);
    if (!text) {
      text = new JsonText(JSON.stringify(names.filter((_, index) => present & (1 << index))));
      texts.set(present, text);
    }
    return text;
  };
}

function slotsOf<F extends string>(
  builder: TemplateBuilder,
  fields: readonly F[],
): Readonly<Record<F, Slot | undefined>> {
  return Object.fromEntries(fields.map((field) => [field, builder.slot(field)])) as Record<
    F,
    Slot | undefined
  >;
}

function put(values: Values, slot: Slot | undefined, value: JsonValue | undefined): void {
  if (slot && value !== undefined && !isEmpty(value)) values[slot.index] = value;
}

/** What an alert says of its rule. The class detection_finding alone has these fields. */
function findingFields(
  builder: TemplateBuilder,
): (values: Values, head: EnvelopeHead, rule: RuleRef) => void {
  const slots = slotsOf(builder, FINDING_FIELDS);
  const activity = builder.slot('activity_id');
  return (values, head, rule) => {
    const set = (field: (typeof FINDING_FIELDS)[number], value: JsonValue | undefined) =>
      put(values, slots[field], value);
    const { group } = head;
    put(values, activity, group?.phase === 'update' ? UPDATE : CREATE);
    if (group) {
      const [first, last] = [epoch(group.firstTime), epoch(group.lastTime)];
      set('count', group.count);
      set('time', last);
      set('start_time', first);
      set('end_time', last);
      set('finding_info.first_seen_time', first);
      set('finding_info.last_seen_time', last);
    }
    set('is_alert', true);
    set('status_id', NEW);
    set('message', head.title ?? rule.title);
    set('finding_info.uid', head.alertId ?? head.id);
    set('finding_info.title', head.title ?? rule.title);
    set('finding_info.desc', rule.description);
    set('finding_info.src_url', head.page ?? rule.references?.[0]);
    set('finding_info.analytic.name', rule.title);
    set('finding_info.analytic.uid', rule.id);
    set('finding_info.analytic.type_id', RULE_ANALYTIC);
    set('finding_info.attacks', attacksOf(rule.tags ?? []));
    set('finding_info.related_events', [{ uid: head.id }]);
  };
}

/** One attack object for each technique; the tactics alone where the rule names no technique. */
function attacksOf(tags: readonly string[]): readonly JsonObject[] | undefined {
  const { tactics, techniques, subtechniques } = attackTags(tags);
  const named = tactics.map(({ name, id }) => ({ name, uid: id }));
  const of = named.length > 0 ? { tactics: named } : {};
  const subs = subtechniques.map((uid) => ({
    technique: techniqueOf(uid.slice(0, 5)),
    sub_technique: techniqueOf(uid),
    ...of,
  }));
  const parents = new Set(subtechniques.map((uid) => uid.slice(0, 5)));
  const plain = techniques
    .filter((uid) => !parents.has(uid))
    .map((uid) => ({ technique: techniqueOf(uid), ...of }));
  const all: readonly JsonObject[] = [...plain, ...subs];
  if (all.length > 0) return all;
  const alone = named.map((tactic) => ({ tactic }));
  return alone.length > 0 ? alone : undefined;
}

function techniqueOf(uid: string): JsonObject {
  const name = ownName(uid);
  return name === undefined ? { uid } : { name, uid };
}

/** Stands for observables that are not made yet. */
const NO_LIST = new JsonText('[]');

/** The slots that observables show, each with the observable's JSON text up to its value. */
function observedIn(template: Template): readonly ComposedPart[] {
  return template.slots.flatMap((slot) => {
    const { shownAs } = slot.type;
    if (typeof shownAs !== 'number') return [];
    const before = JSON.stringify({ name: slot.path, type_id: shownAs, type: OBSERVABLE_TYPES[shownAs] });
    return [{ slot, opening: `${before.slice(0, -1)},"value":` }];
  });
}

/** Whether a slot may hold several texts, which become observables each. */
function hasList(observed: readonly ComposedPart[]): boolean {
  return observed.some(({ slot }) => slot.type.isList);
}

/** OCSF's observables: each address, name, hash and the like, once for each of its places. */
function observablesIn(
  { values, there }: Event,
  { template, observed }: { readonly template: Template; readonly observed: readonly ComposedPart[] },
): JsonText {
  const found: string[] = [];
  for (const { slot, opening } of observed) {
    const value = values[slot.index];
    if (value === undefined || there[slot.parent] !== 1) continue;
    if (typeof value === 'string') {
      found.push(`${opening}${template.valueText(slot.index, value)}}`);
    } else if (Array.isArray(value)) {
      for (const one of value as readonly JsonValue[])
        if (typeof one === 'string') found.push(`${opening}${JSON.stringify(one)}}`);
    }
  }
  return new JsonText(`[${found.slice(0, MOST_ELEMENTS).join(',')}]`);
}
