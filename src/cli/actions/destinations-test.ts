/** Sends a test event to destinations of relay.yaml, and says what they answered. */

import type { RelayConfig } from '../../config/schema.ts';
import { eachAddress } from '../../destinations/list.ts';
import { loadConfigFile, loadEnvFileBeside } from '../../hosts/node/config-file.ts';
import { nodeCredentials } from '../../hosts/node/credential.ts';
import { nodeFiles } from '../../hosts/node/files.ts';
import { nodeHttpClient } from '../../hosts/node/http.ts';
import { nodeKafkaClient } from '../../hosts/node/kafka/client.ts';
import { createDestinations } from '../../relay/destinations.ts';
import { type TestOutcome, testOutcome } from '../../relay/doctor/test-outcome.ts';
import { systemClock } from '../../shared/clock.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { visible } from '../text.ts';
import { checkDestinations } from './open.ts';

export interface TestOptions {
  readonly config: string;
  readonly names: readonly string[];
  readonly format: 'text' | 'json';
}

interface Outcome extends TestOutcome {
  /** Present where the destination has several, without its query. */
  readonly address?: string;
}

/** One after the other, in the order of the names. */
export async function testDestinations(
  { config: file, names, format }: TestOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  await loadEnvFileBeside(file);
  const { config } = await loadConfigFile(file);
  checkDestinations(names, config);
  const isEach = await testEach(config, { names, format }, out, signal);
  return isEach ? EXIT.ok : EXIT.failed;
}

/** Sends each destination a test event, and prints what it answered. Returns whether each took it, at each of its addresses. */
export async function testEach(
  config: RelayConfig,
  { names, format }: Pick<TestOptions, 'names' | 'format'>,
  out: Output,
  signal: AbortSignal,
): Promise<boolean> {
  let isEach = true;
  for (const name of new Set(names)) {
    for (const way of waysOf(config, name)) {
      const outcome = await outcomeOf(config, way, signal);
      isEach &&= outcome.accepted;
      if (format === 'json') out.print(JSON.stringify(outcome));
      else for (const line of linesOf(outcome)) out.print(line);
    }
  }
  return isEach;
}

/** A destination, or one address of it alone. */
interface Way {
  readonly address?: string;
  readonly destinations: RelayConfig['destinations'];
}

/** Several addresses are tried one by one: of a list, the relay would ask the first that answers, and one that is wrong would not show. */
function waysOf({ destinations }: RelayConfig, name: string): readonly Way[] {
  const entry = destinations[name];
  if (entry === undefined) return [];
  const each = eachAddress(entry);
  if (each.length === 0) return [{ destinations: { [name]: entry } }];
  return each.map(({ address, config }) => ({ address, destinations: { [name]: config } }));
}

async function outcomeOf(
  config: RelayConfig,
  { address, destinations }: Way,
  signal: AbortSignal,
): Promise<Outcome> {
  const made = createDestinations(
    { ...config, destinations },
    {
      http: nodeHttpClient,
      files: nodeFiles,
      kafka: nodeKafkaClient,
      clock: systemClock,
      credentials: nodeCredentials,
    },
  );
  const [destination] = made.values();
  if (destination === undefined) throw new TypeError('no destination was made');
  try {
    const { destination: name, ...told } = await testOutcome(destination, systemClock, signal);
    return {
      destination: name,
      ...(address !== undefined && { address }),
      ...told,
      ...(told.message !== undefined && { message: visible(told.message) }),
    };
  } finally {
    await destination.close();
  }
}

function linesOf({
  destination: name,
  address,
  accepted,
  milliseconds,
  code,
  message,
  fix,
}: Outcome): readonly string[] {
  const destination = address === undefined ? name : `${name} at ${address}`;
  if (accepted) return [`${destination}: took the test event, in ${milliseconds} ms.`];
  const why = `${destination}: did not take the test event. ${message}${code === undefined ? '' : ` (${code})`}.`;
  return fix === undefined ? [why] : [why, `  ${fix}.`];
}
