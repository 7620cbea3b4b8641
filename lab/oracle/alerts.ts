/** The alerts that one destination for machines must receive in addition to rows. */
import type { Place } from './place.ts';

export interface AlertCounts {
  readonly expected: number;
  readonly arrived: number;
  readonly repeats: number;
  readonly deadLetters: number;
}

interface Alert {
  /** A description for people. */
  readonly what: string;
  /** The places of the rows that raise the alert. One alert is expected for each. */
  readonly places: Place[];
  arrived: number;
  dead: number;
}

export class Alerts {
  /** The alerts by rule and place. */
  readonly #alerts = new Map<string, Alert>();
  readonly #counts = { expected: 0, arrived: 0, repeats: 0, deadLetters: 0 };

  get counts(): AlertCounts {
    return this.#counts;
  }

  expect(key: string, rule: string, place: Place): void {
    this.#counts.expected++;
    const known = this.#alerts.get(key);
    if (known) known.places.push(place);
    else this.#alerts.set(key, { what: `alert "${rule}"`, places: [place], arrived: 0, dead: 0 });
  }

  /** Records an arrived alert. Returns false if no such alert is expected. */
  arrived(key: string): boolean {
    const alert = this.#alerts.get(key);
    if (!alert) return false;
    if (isSettled(alert)) this.#counts.repeats++;
    else {
      alert.arrived++;
      this.#counts.arrived++;
    }
    return true;
  }

  /** Records a dead letter, which settles all alerts of its row. */
  deadLettered(place: Place): void {
    for (const alert of this.#alerts.values()) {
      if (!alert.places.includes(place) || isSettled(alert)) continue;
      alert.dead++;
      this.#counts.deadLetters++;
    }
  }

  /** Describes some of the missing alerts, for people. */
  *missing(): Generator<string> {
    for (const alert of this.#alerts.values()) {
      if (!isSettled(alert)) yield `${alert.what} of ${alert.places.at(-1)}`;
    }
  }
}

function isSettled({ arrived, dead, places }: Alert): boolean {
  return arrived + dead >= places.length;
}
