/** Sends a test event to destinations of relay.yaml, and says what they answered. */

import { redact } from '../../config/redact.ts';
import type { Destination } from '../../destinations/port.ts';
import { loadConfigFile, loadEnvFileBeside } from '../../hosts/node/config-file.ts';
import { nodeCredentials } from '../../hosts/node/credential.ts';
import { nodeFiles } from '../../hosts/node/files.ts';
import { nodeHttpClient } from '../../hosts/node/http.ts';
import { nodeKafkaClient } from '../../hosts/node/kafka/client.ts';
import { createDestinations } from '../../relay/destinations.ts';
import { thrownFinding } from '../../relay/doctor/run.ts';
import { sendTestEvent } from '../../relay/doctor/test-delivery.ts';
import { systemClock } from '../../shared/clock.ts';
import { codeOf } from '../../shared/errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { visible } from '../text.ts';
import { checkDestinations } from './open.ts';

export interface TestOptions {
  readonly config: string;
  readonly names: readonly string[];
  readonly format: 'text' | 'json';
}

interface Outcome {
  readonly destination: string;
  readonly accepted: boolean;
  readonly milliseconds: number;
  readonly code?: string;
  readonly message?: string;
  /** What to do. */
  readonly fix?: string;
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
      const outcome = await outcomeOf(destination, signal);
      isEach &&= outcome.accepted;
      if (format === 'json') out.print(JSON.stringify(outcome));
      else for (const line of linesOf(outcome)) out.print(line);
    }
    return isEach ? EXIT.ok : EXIT.failed;
  } finally {
    await Promise.all([...all.values()].map((each) => each.close()));
  }
}

async function outcomeOf(destination: Destination, signal: AbortSignal): Promise<Outcome> {
  const began = systemClock.monotonic();
  const told = (accepted: boolean) => ({
    destination: destination.name,
    accepted,
    milliseconds: Math.round(systemClock.monotonic() - began),
  });
  try {
    await sendTestEvent(destination, systemClock, signal);
    return told(true);
  } catch (thrown) {
    signal.throwIfAborted();
    const { message, fix } = thrownFinding(thrown);
    const code = codeOf(thrown);
    return {
      ...told(false),
      ...(code !== undefined && { code }),
      message: visible(redact(message)),
      ...(fix !== undefined && { fix }),
    };
  }
}

function linesOf({ destination, accepted, milliseconds, code, message, fix }: Outcome): readonly string[] {
  if (accepted) return [`${destination}: took the test event, in ${milliseconds} ms.`];
  const why = `${destination}: did not take the test event. ${message}${code === undefined ? '' : ` (${code})`}.`;
  return fix === undefined ? [why] : [why, `  ${fix}.`];
}
