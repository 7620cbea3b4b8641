/** Runs programs of an image as a container's runtime does, with bubblewrap: it needs root, setpriv and bwrap. */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child, Exit } from '../../lab/process.ts';

/** The user of the image, and its group. */
export const USER = 65532;

export interface Sandbox {
  /** The root of the image's file system. */
  readonly root: string;
  /** Folders and files of this machine by their paths inside, outer ones first; all are read-only. */
  readonly mounts: Readonly<Record<string, string>>;
  /** The same, where the program may write. */
  readonly writable?: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** The programs of these that this machine lacks. */
export function lacking(tools: readonly string[]): readonly string[] {
  return tools.filter((tool) => spawnSync(tool, ['--version']).error);
}

/** Makes the mount points that the image lacks, as a runtime does. Files of this machine become mount points that are files. */
export async function makeMountPoints({ root, mounts, writable }: Sandbox): Promise<void> {
  for (const path of Object.keys({ ...mounts, ...writable }))
    await mkdir(join(root, path), { recursive: true });
}

/**
 * The arguments of `setpriv` that run a command with a read-only root, /tmp in memory, the image's user and no rights. The command is
 * process 1 of its namespace, and shares the network with this machine.
 */
export function inSandbox(
  { root, mounts, writable = {}, env }: Sandbox,
  command: readonly string[],
): readonly string[] {
  const user = String(USER);
  return [
    ...['--reuid', user, '--regid', user, '--clear-groups', '--no-new-privs', '--inh-caps=-all', 'bwrap'],
    ...[
      '--unshare-user',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--as-pid-1',
      '--cap-drop',
      'ALL',
    ],
    ...['--ro-bind', root, '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--clearenv'],
    ...Object.entries(mounts).flatMap(([inside, outside]) => ['--ro-bind', outside, inside]),
    ...Object.entries(writable).flatMap(([inside, outside]) => ['--bind', outside, inside]),
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', '/etc/xdr-relay'],
    ...command,
  ];
}

/** Sends SIGTERM to process 1 of a sandbox, as a runtime does, and waits for its end. bwrap is its parent, and ends as it does. */
export async function terminate(child: Child): Promise<Exit> {
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  process.kill(Number(children), 'SIGTERM');
  return await child.exited;
}
