/** The contract of network destinations, for every type in the list. */

import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { allCases, destinationOf } from './cases.ts';
import { depsOf } from './deps.ts';
import { startReceiverOf } from './receivers.ts';
import { registerDeliveryTests } from './register-delivery-tests.ts';
import {
  type Bench,
  type BenchOptions,
  closedOrigin,
  registerDestinationTests,
} from './register-destination-tests.ts';
import { registerGroupedTests } from './register-grouped-tests.ts';

const all = allCases();
for (const one of all) {
  const isFirst = all.find(({ type }) => type === one.type) === one;
  const bench = async ({ fault, unreachable, timeoutMs }: BenchOptions): Promise<Bench> => {
    const { receiver, arrived, key } = await startReceiverOf(one.type, one.made.receiverSecret, {
      ...(fault && { fault }),
      variant: one.made.variant,
    });
    const origin = unreachable ? await closedOrigin() : receiver.origin;
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const destination = destinationOf(one, { origin, key }, timeoutMs, depsOf(nodeHttpClient, clock));
    return { destination, receiver, arrived, secrets: one.made.secrets, slept: () => clock.monotonic() };
  };
  registerDestinationTests(one.name, bench, { protocol: one.made.protocol, forPeople: one.forPeople });
  if (!one.forPeople) {
    registerGroupedTests(one.name, bench);
    // The search is the same for all variants of a type.
    if (isFirst) registerDeliveryTests(one.name, bench, one.made.protocol);
  }
}
