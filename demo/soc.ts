/** The destinations of the demo: receivers on loopback that write what arrives into the ledger. */
import type { Ledger } from '../lab/oracle/ledger.ts';
import { messageContent } from '../lab/receivers/message-content.ts';
import { type Routing, routingOf } from '../lab/relay-config.ts';
import { STANDS } from './stands/index.ts';
import type { StandName } from './stands/names.ts';
import type { Arrivals, Stand, Surroundings } from './stands/stand.ts';

/** A message as it shows on a phone's lock screen. */
export interface Headline {
  readonly at: number;
  readonly text: string;
}

/** The place of a row. */
interface Place {
  readonly blob: string;
  readonly offset: number;
}

/** The other end: receivers on loopback, which write what comes into the ledger. */
export interface Soc {
  /** The entries of `destinations` in relay.yaml, by name. */
  readonly entries: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** The newest messages to people, the newest last. */
  readonly headlines: readonly Headline[];
  /** Notes where a row was written, for destinations that are told its id, or its place, only. */
  wrote(id: string, place: Place): void;
  /** Seconds between a row's being handed to Azure and its arrival, lately. */
  delay(destination: string): number | undefined;
  close(): Promise<void>;
}

const HEADLINES = 50;

/** Splunk has the rows of alerts already; a search finds them. */
const WITHOUT_ALERTS: ReadonlySet<StandName> = new Set(['splunk']);

/** Who gets what. */
export interface Plan {
  readonly routing: Routing;
  readonly people: readonly string[];
  /** `Splunk HEC, Slack and Elasticsearch`. */
  readonly titles: string;
}

/** Which destinations there are, and what each gets. @param names at least one; those for machines get every row. */
export function planOf(names: readonly StandName[]): Plan {
  const of = (wanted: 'machines' | 'people', all = names) =>
    all.filter((name) => STANDS[name].audience === wanted).map((name) => STANDS[name].name);
  const titles = names.map((name) => STANDS[name].title);
  const alerted = names.filter((name) => !WITHOUT_ALERTS.has(name));
  return {
    routing: routingOf(of('machines'), of('people'), of('machines', alerted)),
    people: of('people'),
    titles: titles.length === 1 ? titles.join('') : `${titles.slice(0, -1).join(', ')} and ${titles.at(-1)}`,
  };
}

/** Starts the receivers. */
export async function startSoc(
  names: readonly StandName[],
  ledger: Ledger,
  around: Surroundings,
): Promise<Soc> {
  const headlines: Headline[] = [];
  const delays = new Map<string, number>();
  const places = new Map<string, Place[]>();
  const ids = new Map<string, string>();
  const seen = new Map<string, number>();

  const noteDelay = (destination: string, received: unknown) => {
    const ms = Date.now() - Date.parse(String(received));
    if (Number.isNaN(ms)) return;
    const before = delays.get(destination) ?? ms;
    delays.set(destination, before + (ms - before) * 0.02);
  };
  const arrivalsAt = (destination: string): Arrivals => ({
    arrived(arrival, received) {
      ledger.arrived(destination, arrival);
      noteDelay(destination, received);
    },
    arrivedInAnyOrder(arrival, received) {
      ledger.arrived(destination, arrival, () => true);
      noteDelay(destination, received);
    },
    arrivedById(id, rule) {
      // Of rows with one id, such as copies, each arrival is another one's in turn; so their order says nothing.
      const all = places.get(id) ?? [];
      const key = `${destination} ${rule ?? ''} ${id}`;
      const turn = seen.get(key) ?? 0;
      seen.set(key, turn + 1);
      const { blob, offset } = all[turn % Math.max(1, all.length)] ?? { blob: '', offset: -1 };
      ledger.arrived(destination, { blob, offset, id, ...(rule === undefined ? {} : { rule }) }, () => true);
    },
    arrivedAt({ blob, offset }) {
      const id = ids.get(`${blob}@${offset}`) ?? '';
      ledger.arrived(destination, { blob, offset, id }, () => true);
    },
    message(message, headline) {
      ledger.messageArrived(destination, messageContent(message));
      headlines.push({ at: Date.now(), text: headline });
      if (headlines.length > HEADLINES) headlines.shift();
    },
  });

  const stands: (Stand & { readonly name: string })[] = [];
  try {
    for (const each of names) {
      const { name, start } = STANDS[each];
      stands.push({ name, ...(await start(arrivalsAt(name), around)) });
    }
  } catch (error) {
    await Promise.all(stands.map((stand) => stand.close()));
    throw error;
  }
  return {
    entries: Object.fromEntries(stands.map(({ name, entry }) => [name, entry])),
    secrets: Object.assign({}, ...stands.map(({ secrets }) => secrets)),
    headlines,
    wrote(id, place) {
      if (names.includes('archive')) ids.set(`${place.blob}@${place.offset}`, id);
      const all = places.get(id);
      if (all) all.push(place);
      else places.set(id, [place]);
    },
    delay(destination) {
      const ms = delays.get(destination);
      return ms === undefined ? undefined : ms / 1000;
    },
    async close() {
      await Promise.all(stands.map((stand) => stand.close()));
    },
  };
}
