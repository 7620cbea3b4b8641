/** The JSON of the page Setup. */

/** Times are ms since the epoch. */
export interface SetupPage {
  readonly at: number;
  /** Why no check can run here: a sentence. */
  readonly trouble?: string;
  readonly groups: readonly SetupGroup[];
}

/** Checks that are run with one request. */
export interface SetupGroup {
  readonly id: string;
  readonly title: string;
  readonly checks: readonly SetupCheck[];
  /** The last run in this process; absent before the first one. */
  readonly ran?: SetupRun;
}

export interface SetupRun {
  readonly on: number;
  readonly by: string;
  /** Whether a test event was sent to each destination. */
  readonly sent: boolean;
}

export interface SetupCheck {
  readonly id: string;
  readonly title: string;
  /** Why it cannot run on this host: a sentence. */
  readonly notRun?: string;
  /** Of the last run. */
  readonly result?: SetupResult;
}

export interface SetupResult {
  /** `ok`: nothing but notes. `found`: an error or a warning. `unknown`: it could not look, which is no fault. */
  readonly state: 'ok' | 'found' | 'unknown';
  readonly seconds: number;
  readonly findings: readonly SetupFinding[];
}

export interface SetupFinding {
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  /** What to do. */
  readonly fix?: string;
}

/** The body of `setup/run`. */
export interface SetupRunBody {
  readonly group: string;
  /** Send a test event to each destination, channels of people included. Only of the group `destinations`. */
  readonly send?: boolean;
}
