/** Runs parts of the bench and collects what they measure. */
import { join } from 'node:path';
import { buildCommand } from '../scripts/build.ts';
import { createInput } from './input/input.ts';
import type { Measure } from './measure.ts';
import type { BenchOptions } from './options.ts';
import type { BenchContext, Part } from './part.ts';
import { SkippedError } from './skipped.ts';

/** What became of a part. */
export interface Outcome {
  readonly part: string;
  readonly measures: readonly Measure[];
  /** Why the rest of it was not measured. */
  readonly skipped?: string;
  readonly failed?: string;
}

export interface BenchRun {
  readonly parts: readonly Part[];
  readonly options: BenchOptions;
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Tells of what goes on, for a terminal. */
  readonly say: (text: string) => void;
  readonly onPart: (part: Part) => void;
  readonly onMeasure: (measure: Measure) => void;
  readonly onEnd: (outcome: Outcome) => void;
}

/** Runs the parts, one after the other; the failure of one is told, and the next one begins. Rejects when the signal is aborted. */
export async function runBench(run: BenchRun): Promise<readonly Outcome[]> {
  const { parts, options, folder, signal, say } = run;
  const input = createInput(folder, options);
  let built: Promise<string> | undefined;
  const outcomes: Outcome[] = [];
  for (const part of parts) {
    signal.throwIfAborted();
    run.onPart(part);
    const context: BenchContext = {
      options,
      folder,
      signal,
      input,
      command() {
        if (!built) say('building the command');
        // Beside the profiles, so that they can be read with its source maps.
        built ??= buildCommand(
          options.profile === undefined ? join(folder, 'node') : join(options.profile, 'built-command'),
        ).then(({ file }) => file);
        return built;
      },
      say: (text) => say(`${part.name}: ${text}`),
    };
    const outcome = await runPart(part, context, run.onMeasure);
    run.onEnd(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function runPart(
  part: Part,
  context: BenchContext,
  onMeasure: (measure: Measure) => void,
): Promise<Outcome> {
  const measures: Measure[] = [];
  const soFar = { part: part.name, measures };
  try {
    for await (const measure of await part.run(context)) {
      measures.push(measure);
      onMeasure(measure);
    }
    return soFar;
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof SkippedError) return { ...soFar, skipped: error.message };
    return { ...soFar, failed: error instanceof Error ? error.message : String(error) };
  }
}
