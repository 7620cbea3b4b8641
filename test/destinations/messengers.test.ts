/** The contract of messengers, for every way in which people are told. */
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { messengerCases, messengerOf } from './messenger-cases.ts';
import { startReceiverOf } from './receivers.ts';
import { closedOrigin } from './register-destination-tests.ts';
import { registerMessengerTests } from './register-messenger-tests.ts';

for (const one of messengerCases()) {
  registerMessengerTests(
    one.name,
    async ({ fault, unreachable, timeoutMs, pace }) => {
      const options = { ...(fault && { fault }) };
      const { receiver, arrived } = await startReceiverOf(one.type, one.made.receiverSecret, options);
      const origin = unreachable ? await closedOrigin() : receiver.origin;
      const clock = new FakeClock(Date.now(), { sleepPasses: true });
      const messenger = messengerOf(one, origin, timeoutMs, {
        ...depsOf(nodeHttpClient, clock),
        ...(pace && { pace }),
      });
      return { messenger, receiver, arrived: async () => arrived(), secrets: one.made.secrets };
    },
    { protocol: one.made.protocol },
  );
}
