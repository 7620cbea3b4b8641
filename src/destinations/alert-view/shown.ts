/** Which entities and which facts a message shows, so that nothing is said twice. */
import type { EntityKind } from '../../alerts/message.ts';
import type { EntityLine, Fact, MessageView } from './message.ts';

const MOST_ENTITIES = 6;
const MOST_FACTS = 6;
/** Of the first row, where entities tell of all rows. */
const MOST_FACTS_OF_FIRST = 3;
const ALWAYS: ReadonlySet<EntityKind> = new Set(['host', 'user']);

/**
 * The facts are those of the first row: they tell best what a single alert is about, and entities only add what they do not say. Where a
 * message is on more than one row, its entities come first.
 */
export function shownParts({
  entities,
  facts,
  count,
  defender,
  command,
}: Pick<MessageView, 'entities' | 'facts' | 'count' | 'defender' | 'command'>): {
  readonly entities: readonly EntityLine[];
  readonly facts: readonly Fact[];
} {
  // A command line says what the action is.
  const told = facts.filter(({ label }) => label !== 'Action' || command === undefined);
  if (count === 1 && defender.length === 0) {
    const said = new Set(told.flatMap(({ about = [] }) => about));
    const more = entities.filter(({ kind }) => ALWAYS.has(kind) || !said.has(kind));
    return { entities: more.slice(0, MOST_ENTITIES), facts: told.slice(0, MOST_FACTS) };
  }
  const shown = entities.slice(0, MOST_ENTITIES);
  const kinds = new Set(shown.map(({ kind }) => kind));
  const rest = told.filter(({ about = [] }) => !about.some((kind) => kinds.has(kind)));
  return { entities: shown, facts: rest.slice(0, MOST_FACTS_OF_FIRST) };
}
