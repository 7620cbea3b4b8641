/** What a code host is to the comment: where it goes, and how an earlier one is found and replaced. */
import type { z } from 'zod';
import { RelayError } from '../../../../shared/errors.ts';
import type { ApiReply } from './http.ts';

/** A comment that an earlier run wrote, by the host's id. */
export interface EarlierComment {
  readonly id: string;
}

/** A pull request of GitHub, or a merge request of GitLab. */
export interface CommentHost {
  /** For messages: `pull request 12`. */
  readonly place: string;
  /** The comment of an earlier run: written by the same account, and beginning with the marker. */
  find(marker: string, signal: AbortSignal): Promise<EarlierComment | undefined>;
  /** Throws {@link NotAllowed} if the token may not write comments. */
  create(body: string, signal: AbortSignal): Promise<void>;
  update(earlier: EarlierComment, body: string, signal: AbortSignal): Promise<void>;
}

/** The token may read, and may not write comments: that of a pull request from a fork, for instance. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed';
}

/** The host failed in a way that may pass. */
export class Passing extends Error {
  override readonly name = 'Passing';
  readonly waitMs: number | undefined;

  constructor(message: string, waitMs: number | undefined) {
    super(message);
    this.waitMs = waitMs;
  }
}

/** Throws for a reply that is no success: {@link NotAllowed}, {@link Passing}, or a RelayError `comment_failed`. */
export function mustSucceed({ status, waitMs }: ApiReply, what: string): void {
  if (status >= 200 && status < 300) return;
  const message = `${what}: status ${status}`;
  if (status >= 500 || status === 429 || (status === 403 && waitMs !== undefined)) {
    throw new Passing(message, waitMs);
  }
  if (status === 403 || status === 404) throw new NotAllowed(message);
  throw new RelayError('comment_failed', message);
}

/** The reply's content. Throws as {@link mustSucceed}, and a RelayError `comment_failed` for a reply of another form. */
export function contentOf<T>(schema: z.ZodType<T>, reply: ApiReply, what: string): T {
  mustSucceed(reply, what);
  const read = schema.safeParse(reply.body);
  if (read.success) return read.data;
  throw new RelayError('comment_failed', `${what}: the reply has not the form that the API documents`);
}

/** The pages of comments that are looked through for an earlier one. */
export const MOST_PAGES = 20;
/** Comments on a page. */
export const PAGE = 100;
