/** Answers that are made once for all who ask within a moment. */
import type { Context } from 'hono';
import { Kept, type KeptOptions } from '../src/shared/kept.ts';
import { refuse } from './answers.ts';

/** An answer as data, which may be given to many. */
export interface KeptAnswer {
  readonly status: 200 | 503;
  readonly contentType: string;
  readonly body: string;
}

/** What is kept between requests: on Node for the process, on Workers for the isolate. */
export interface KeptAnswers {
  readonly readiness: Kept<KeptAnswer>;
  readonly metrics: Kept<KeptAnswer>;
}

/** How old an answer of `/readyz` may be, whose checks send requests to the storage account. Milliseconds. */
const READINESS_MS = 5_000;
/** How old an answer of `/metrics` may be: to render it takes time only. Milliseconds. */
const METRICS_MS = 1_000;

export function createKeptAnswers(options: Omit<KeptOptions, 'freshMs'>): KeptAnswers {
  return {
    readiness: new Kept({ ...options, freshMs: READINESS_MS }),
    metrics: new Kept({ ...options, freshMs: METRICS_MS }),
  };
}

/** Answers with what is kept, or with what `make` makes; 503 while another request makes it and nothing is known yet. */
export async function answerKept(
  c: Context,
  kept: Kept<KeptAnswer>,
  make: () => Promise<KeptAnswer>,
): Promise<Response> {
  const answer = await kept.get(make);
  if (answer) return c.body(answer.body, answer.status, { 'content-type': answer.contentType });
  const message = 'Another request is finding that out; ask again in a second.';
  return refuse(c, 503, { code: 'busy', message }, { 'retry-after': '1' });
}
