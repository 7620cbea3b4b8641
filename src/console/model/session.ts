/** `GET /console/api/session`: who asks, what they may do, and how to log in. It answers everybody, also who is not logged in. */

/** How a person can log in: by a key, or with Entra ID. */
export type LoginWay = 'key' | 'entra';

export interface SessionAnswer {
  /** Null: log in first. Every other address under /console/api/ answers 401 with the code `login_needed` then. */
  readonly viewer: SessionViewer | null;
  /** The ways to log in. Empty: the console is served on loopback without a login. */
  readonly logins: readonly LoginWay[];
  /** What relay.yaml allows. All false while nobody is logged in. */
  readonly allowed: {
    /** Whether pages may show rows: `console.rows.show`. */
    readonly rows: boolean;
    /** Whether this person may have rows of the stream captured for the playground: an operator, with `console.capture` and `console.rows`. */
    readonly capture: boolean;
    /** Whether this person may change things. */
    readonly acts: boolean;
  };
  /** The version of xdr-relay; absent while nobody is logged in. */
  readonly version?: string;
}

export interface SessionViewer {
  /** The name of the key, the user name in Entra ID, or `local` without a login. */
  readonly name: string;
  readonly role: 'viewer' | 'operator';
  /** How this person has logged in; `none` on loopback without a login. */
  readonly by: LoginWay | 'none';
  /** When the session ends, ISO 8601; absent without a login. */
  readonly until?: string;
}

/** The body of `POST /console/login`. It answers `LoggedIn` and a session cookie, or 401 `login_refused`, or 429. */
export interface KeyLogin {
  readonly key: string;
}

/** What a login by a key answers. */
export interface LoggedIn {
  readonly name: string;
  readonly role: 'viewer' | 'operator';
}

// To log in with Entra ID, the browser navigates to /console/login/entra?to=/console/rules. Where that fails it comes back to
// /console/login?error=<code of docs/errors.md>. `POST /console/logout` with the body {} ends the session.
