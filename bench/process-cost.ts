/** What another process has used: its processor time and its memory, as Linux tells of it. */
import { readFile } from 'node:fs/promises';
import { SkippedError } from './skipped.ts';

/** The kernel counts processor time for /proc in hundredths of a second, on every architecture that Node runs on (USER_HZ). */
const TICKS_A_SECOND = 100;

/** Seconds of user and system time of all threads that the process has or had. Its children do not count. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await read(pid, 'stat');
  // The name of the command, in parentheses, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** The most memory that the process held at once. Bytes. */
export async function peakBytesOf(pid: number): Promise<number> {
  const status = await read(pid, 'status');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

async function read(pid: number, file: string): Promise<string> {
  if (process.platform !== 'linux')
    throw new SkippedError('the processor time of another process is read from /proc, which only Linux has');
  return await readFile(`/proc/${pid}/${file}`, 'utf8');
}
