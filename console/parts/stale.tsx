/** Says that a process of the relay no longer writes, and what that means for what the page shows. */
import type { SilentProcesses } from '../../src/relay/activity/silent.ts';
import { Note } from './notes.tsx';
import { Text } from './text.tsx';
import { formatAge, now } from './time.tsx';

export interface StaleProps {
  /** Undefined where each process writes, or where that is not known. */
  readonly of: SilentProcesses | undefined;
  /** What it means where a consumer is alive, or may be. */
  readonly children: string;
  /** What it means where none is. */
  readonly alone: string;
}

export function Stale({ of, children, alone }: StaleProps) {
  if (!of) return null;
  const { count, host, writtenOn, isReplaced } = of;
  const isAlone = isReplaced === false;
  return (
    <Note tone={isAlone ? 'bad' : 'warn'}>
      {count === 1 ? (
        <>
          Stale: the process on <Text value={host} first={60} /> has
        </>
      ) : (
        `Stale: ${count.toLocaleString('en')} processes have`
      )}{' '}
      not written for {formatAge(now.value - writtenOn)}: killed, hanging, or without access to the state.{' '}
      {isAlone ? alone : children}
    </Note>
  );
}
