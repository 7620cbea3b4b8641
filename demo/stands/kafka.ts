/** A Kafka broker, and a consumer that reads the topic as it grows. */
import { isKcatInstalled, startMockBroker } from '../../lab/kafka-broker.ts';
import { arrivedInEnvelope } from '../../lab/receivers/arrivals.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { RelayError } from '../../src/shared/errors.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

const TOPIC = 'defender';

export const kafka: StandKind = {
  name: 'kafka',
  audience: 'machines',
  title: 'Kafka',
  async start({ arrivedInAnyOrder }, { host }) {
    if (host === 'worker') {
      throw new UsageError(
        'options_conflict',
        'kafka needs --host node: Workers have no connections of this kind',
      );
    }
    if (!isKcatInstalled()) {
      throw new RelayError(
        'emulator_missing',
        'kcat, whose broker the demo of kafka uses, is not installed: "apt-get install kcat" or "brew install kcat" installs it',
      );
    }
    const broker = await startMockBroker();
    // The key of a message is the device, so rows of one blob are in several partitions, and only those of a device in their order.
    const end = broker.follow(TOPIC, ({ value }) => {
      const record = JSON.parse(value);
      arrivedInAnyOrder(arrivedInEnvelope(record), record.received);
    });
    return {
      entry: {
        type: 'kafka',
        brokers: [`127.0.0.1:${broker.port}`],
        topic: TOPIC,
        encryption: 'none',
        ...ON_LOOPBACK,
      },
      secrets: {},
      async close() {
        await end();
        await broker.kill();
      },
    };
  },
};
