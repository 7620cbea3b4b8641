/** The exit codes of `xdr-relay`. Each command's `--help` says what they mean for it. */
export const EXIT = {
  /** Done, and nothing was found that needs attention. */
  ok: 0,
  /** The command failed, or it found what it looks for: mistakes, alarms, rows that are missing. */
  failed: 1,
  /** The command line is wrong, and nothing was done. */
  usage: 2,
  /** Stopped by Ctrl-C or SIGTERM before the end: what shells use for SIGINT. */
  stopped: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
