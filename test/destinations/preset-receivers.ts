/** The real receivers of the shipped presets. */
import { arrivedInEnvelope } from '../../lab/receivers/arrivals.ts';
import { startDatadogReceiver } from '../../lab/receivers/datadog.ts';
import { asDocumented } from './documented.ts';
import type { RunningReceiver, StartOptions } from './receivers.ts';

/** Starts the receiver of a preset, which the variant names. @param secret what it wants. */
export async function startPresetReceiver(
  secret: string,
  { variant, ...options }: StartOptions,
): Promise<RunningReceiver> {
  switch (variant) {
    case 'datadog': {
      const receiver = await startDatadogReceiver({ ...options, store: true, apiKey: secret });
      const arrived = () =>
        receiver.received.map(
          ({ message }) => arrivedInEnvelope(asDocumented(JSON.parse(String(message)))).id,
        );
      return { receiver, url: receiver.url, arrived };
    }
    default:
      throw new Error(`no receiver for the preset ${variant}`);
  }
}
