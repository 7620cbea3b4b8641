/** Every destination: whether it can be reached, and with `--send` whether it takes an event. Needs no storage account. */
import { addressesOf } from '../../../destinations/list.ts';
import { messageOf } from '../../../shared/errors.ts';
import { type Check, type DoctorContext, error, type Finding } from '../check.ts';
import { thrownFinding } from '../run.ts';
import { sendTestEvent } from '../test-delivery.ts';
import { type TestWay, testWays, triedName } from '../test-ways.ts';

export const destinations: Check = {
  id: 'destinations',
  title: 'Every destination can be reached',
  async run(context, signal) {
    const names = Object.keys(context.config.destinations);
    if (names.length === 0) {
      return [
        error(
          'relay.yaml has no destination',
          'add one under destinations, and name it in default_destinations',
        ),
      ];
    }
    const each = await Promise.all(names.map((name) => reach(context, name, signal)));
    return each.flat();
  },
};

async function reach(context: DoctorContext, name: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const { config, connect, canAppend, destinations: made, send } = context;
  const entry = config.destinations[name];
  const destination = made.get(name);
  if (!entry || !destination) return [];
  try {
    if ('path' in entry) {
      if (entry.path !== '-') await canAppend(entry.path);
    } else {
      const { allow_networks: allowNetworks = [], proxy, tls } = entry;
      const way = { allowNetworks, proxy, tls };
      await Promise.all(addressesOf(entry).map((address) => connect(address, way, signal)));
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const found = thrownFinding(thrown);
    return [{ ...found, message: `${name} cannot be reached: ${found.message}` }];
  }
  if (!send) return [];
  const each = testWays(context, name).map((way) => sendOne(name, way, { context, signal }));
  return (await Promise.all(each)).flat();
}

async function sendOne(
  name: string,
  way: TestWay,
  { context: { clock }, signal }: { readonly context: DoctorContext; readonly signal: AbortSignal },
): Promise<readonly Finding[]> {
  try {
    await way.use((destination) => sendTestEvent(destination, clock, signal));
    return [];
  } catch (thrown) {
    signal.throwIfAborted();
    const found = thrownFinding(thrown);
    return [
      { ...found, message: `${triedName(name, way)} did not take the test event: ${messageOf(thrown)}` },
    ];
  }
}
