/** The ways to try a destination: as it is, or each of its addresses alone. */
import type { RelayConfig } from '../../config/schema.ts';
import { eachAddress } from '../../destinations/list.ts';
import type { Destination } from '../../destinations/port.ts';

/** What is needed to try the destinations of relay.yaml. */
export interface TestParts {
  readonly config: RelayConfig;
  readonly destinations: ReadonlyMap<string, Destination>;
  /** Makes the destinations of another relay.yaml. Asks nobody anything. */
  readonly make: (config: RelayConfig) => ReadonlyMap<string, Destination>;
}

/** A destination, or one address of it alone. */
export interface TestWay {
  /** Present where the destination has several, without its query. */
  readonly address?: string;
  /** Does `work` with it. What was made for this alone is closed then. */
  use<T>(work: (destination: Destination) => Promise<T>): Promise<T>;
}

/** Several addresses are tried one by one: of a list, the relay would ask the first that answers, and one that is wrong would not show. */
export function testWays({ config, destinations, make }: TestParts, name: string): readonly TestWay[] {
  const entry = config.destinations[name];
  const destination = destinations.get(name);
  if (entry === undefined || destination === undefined) return [];
  const each = eachAddress(entry);
  if (each.length === 0) return [{ use: (work) => work(destination) }];
  return each.map(({ address, config: one }) => ({
    address,
    async use(work) {
      const made = make({ ...config, destinations: { [name]: one } }).get(name);
      if (made === undefined) throw new TypeError('no destination was made');
      try {
        return await work(made);
      } finally {
        await made.close();
      }
    },
  }));
}

/** The name of a destination, with the address where only that was tried. */
export function triedName(name: string, { address }: Pick<TestWay, 'address'>): string {
  return address === undefined ? name : `${name} at ${address}`;
}
