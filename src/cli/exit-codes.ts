/** The exit codes of `xdr-relay`. Each command's `--help` says what they mean for it. */
export const EXIT = {
  /** Done, and nothing was found that needs attention. */
  ok: 0,
  /** The command failed, or it found what it checks for: mistakes, alarms, missing rows. */
  failed: 1,
  /** The command line is wrong, and nothing was done. */
  usage: 2,
  /** It found nothing, but could not look at everything, so that it does not know whether there is something to find. */
  unknown: 3,
  /** Stopped by Ctrl-C or SIGTERM before the end; shells use the same code for SIGINT. */
  stopped: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
