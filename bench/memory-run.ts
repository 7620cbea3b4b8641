/** Carries a file of rows through a relay whose blobs and state are in memory. */
import type { RowFile } from './input/row-file.ts';
import type { Cost, Measure } from './measure.ts';
import type { BenchContext } from './part.ts';
import { profileArgs, runProgram } from './program.ts';
import type { MemoryRun } from './programs/memory.ts';
import type { BenchReceiver } from './receiver.ts';
import type { DestinationKind } from './relay-yaml.ts';

export interface MemoryWork {
  readonly file: RowFile;
  /** How often the file's rows are in the blob. */
  readonly times?: number;
  /** A folder of rule files. */
  readonly transforms: string;
  readonly destinations: readonly DestinationKind[];
  /** What has to come at least, over all destinations. */
  readonly events: number;
}

/** The cost of the rows, and what the program measured besides. Throws where something did not come. */
export async function runInMemory(
  { options, signal }: Pick<BenchContext, 'options' | 'signal'>,
  receiver: BenchReceiver,
  { file, times = 1, transforms, destinations, events }: MemoryWork,
): Promise<{ readonly cost: Cost; readonly measures: readonly Measure[] }> {
  const run: MemoryRun = {
    rowFile: file.path,
    rows: file.rows * times,
    times,
    transforms,
    receiver: receiver.url,
    destinations,
  };
  const reports = await runProgram({
    program: 'memory',
    args: [JSON.stringify(run)],
    nodeArgs: profileArgs(options.profile),
    signal,
  });
  const { events: came } = await receiver.received();
  if (came < events) throw new Error(`only ${came} of ${events} events came from memory`);
  const cost = reports.flatMap((each) => ('cost' in each ? [each.cost] : []))[0];
  if (!cost) throw new Error('the relay in memory reported no cost');
  return { cost, measures: reports.flatMap((each) => ('measure' in each ? [each.measure] : [])) };
}
