/** The page of the audit log: who has logged in, and what operators have done. */

/** How it ended: `refused` is a login or an act that was not let through. */
export type AuditResult = 'done' | 'failed' | 'refused';

export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  /** The name of the key, the user name in Entra ID, `local` without a login, `unknown` where nobody is logged in. */
  readonly who: string;
  /** The person's object id in Entra ID. */
  readonly id?: string | undefined;
  /** The address that the request came from. */
  readonly address?: string | undefined;
  /** `logs in with a key`, `resets the destination splunk`. */
  readonly what: string;
  readonly result: AuditResult;
  /** Why it failed or was refused: a code of docs/errors.md. */
  readonly code?: string | undefined;
}

/** `GET /console/api/audit`, for operators. */
export interface AuditAnswer {
  /** The newest first, at most 500. */
  readonly entries: readonly AuditEntry[];
}
