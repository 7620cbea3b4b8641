/** Sends a test event to destinations of relay.yaml, and says what they answered. */

import type { RelayConfig } from '../../config/schema.ts';
import { loadConfigFile, loadEnvFileBeside } from '../../hosts/node/config-file.ts';
import { nodeCredentials } from '../../hosts/node/credential.ts';
import { nodeFiles } from '../../hosts/node/files.ts';
import { nodeHttpClient } from '../../hosts/node/http.ts';
import { nodeKafkaClient } from '../../hosts/node/kafka/client.ts';
import { createDestinations } from '../../relay/destinations.ts';
import { type TestOutcome, testOutcome } from '../../relay/doctor/test-outcome.ts';
import { type TestWay, testWays, triedName } from '../../relay/doctor/test-ways.ts';
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
  const make = (of: RelayConfig) =>
    createDestinations(of, {
      http: nodeHttpClient,
      files: nodeFiles,
      kafka: nodeKafkaClient,
      clock: systemClock,
      credentials: nodeCredentials,
    });
  const destinations = make(config);
  let isEach = true;
  try {
    for (const name of new Set(names)) {
      for (const way of testWays({ config, destinations, make }, name)) {
        const outcome = await outcomeOf(way, signal);
        isEach &&= outcome.accepted;
        if (format === 'json') out.print(JSON.stringify(outcome));
        else for (const line of linesOf(outcome)) out.print(line);
      }
    }
  } finally {
    await Promise.all([...destinations.values()].map((each) => each.close()));
  }
  return isEach;
}

async function outcomeOf({ address, use }: TestWay, signal: AbortSignal): Promise<Outcome> {
  const { destination, ...told } = await use((made) => testOutcome(made, systemClock, signal));
  return {
    destination,
    ...(address !== undefined && { address }),
    ...told,
    ...(told.message !== undefined && { message: visible(told.message) }),
  };
}

function linesOf(outcome: Outcome): readonly string[] {
  const { accepted, milliseconds, code, message, fix } = outcome;
  const destination = triedName(outcome.destination, outcome);
  if (accepted) return [`${destination}: took the test event, in ${milliseconds} ms.`];
  const why = `${destination}: did not take the test event. ${message}${code === undefined ? '' : ` (${code})`}.`;
  return fix === undefined ? [why] : [why, `  ${fix}.`];
}
