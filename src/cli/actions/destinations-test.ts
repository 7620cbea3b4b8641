/** Sends a test event to destinations of relay.yaml, and says what they answered. */

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

/** One after the other, in the order of the names. */
export async function testDestinations(
  { config: file, names, format }: TestOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  await loadEnvFileBeside(file);
  const { config } = await loadConfigFile(file);
  checkDestinations(names, config);
  const all = createDestinations(config, {
    http: nodeHttpClient,
    files: nodeFiles,
    kafka: nodeKafkaClient,
    clock: systemClock,
    credentials: nodeCredentials,
  });
  try {
    let isEach = true;
    for (const name of new Set(names)) {
      const destination = all.get(name);
      if (!destination) continue;
      const told = await testOutcome(destination, systemClock, signal);
      const outcome = told.message === undefined ? told : { ...told, message: visible(told.message) };
      isEach &&= outcome.accepted;
      if (format === 'json') out.print(JSON.stringify(outcome));
      else for (const line of linesOf(outcome)) out.print(line);
    }
    return isEach ? EXIT.ok : EXIT.failed;
  } finally {
    await Promise.all([...all.values()].map((each) => each.close()));
  }
}

function linesOf({
  destination,
  accepted,
  milliseconds,
  code,
  message,
  fix,
}: TestOutcome): readonly string[] {
  if (accepted) return [`${destination}: took the test event, in ${milliseconds} ms.`];
  const why = `${destination}: did not take the test event. ${message}${code === undefined ? '' : ` (${code})`}.`;
  return fix === undefined ? [why] : [why, `  ${fix}.`];
}
