/** The acts of the page Alerts: a silence begins, and ends before its time. */
import { z } from 'zod';
import { LONGEST_SILENCE_MS, SILENCE_LIMITS } from '../../alerts/silences.ts';
import { beginSilence, endSilence } from '../../relay/silences/change.ts';
import { totalOf } from '../../relay/silences/documents.ts';
import { tooWide } from '../../relay/silences/too-wide.ts';
import { RelayError } from '../../shared/errors.ts';
import { plural } from '../../shared/readable.ts';
import type { EndSilenceBody, SilenceBody } from '../model/alerts.ts';
import { act } from '../page.ts';

const MINUTE_MS = 60_000;

const reason = z.string().trim().min(1).max(SILENCE_LIMITS.reason);

const silenceBody: z.ZodType<SilenceBody> = z.strictObject({
  rule: z.string().trim().min(1).max(SILENCE_LIMITS.rule).exactOptional(),
  where: z
    .array(
      z.strictObject({
        column: z.string().trim().min(1).max(SILENCE_LIMITS.column),
        value: z.string().min(1).max(SILENCE_LIMITS.value),
      }),
    )
    .max(SILENCE_LIMITS.conditions),
  minutes: z
    .int()
    .min(1)
    .max(LONGEST_SILENCE_MS / MINUTE_MS),
  reason,
});

const silence = act({
  path: 'alerts/silence',
  body: silenceBody,
  // The values of the conditions come from rows, and are left out.
  describe: ({ rule, where, minutes }) =>
    `silences ${rule === undefined ? 'alerts of any rule' : `the rule ${rule}`}${
      where.length === 0 ? '' : ` where ${where.map(({ column }) => column).join(', ')} fits`
    } for ${plural(minutes, 'minute')}`,
  async run(body, { ports, services, viewer, signal }) {
    const { rule, where, minutes } = body;
    const what = tooWide({ rule, where });
    if (what !== undefined) {
      throw new RelayError('silence_too_wide', `This would keep every alert from people: ${what}`);
    }
    const { documents } = ports;
    const { id, until } = await beginSilence(
      { documents, clock: services.clock },
      {
        ...(rule !== undefined && { rule }),
        where: where.map(({ column, value }) => ({ column, value })),
        by: viewer.name.slice(0, SILENCE_LIMITS.by),
        reason: body.reason,
        forMs: minutes * MINUTE_MS,
      },
      signal,
    );
    return { id, until };
  },
});

const endBody: z.ZodType<EndSilenceBody> = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{8}$/),
  reason: reason.exactOptional(),
});

const end = act({
  path: 'alerts/end-silence',
  body: endBody,
  describe: ({ id }) => `ends the silence ${id}`,
  async run({ id, reason: why }, { ports, services, viewer, signal }) {
    const by = viewer.name.slice(0, SILENCE_LIMITS.by);
    const ended = await endSilence(
      { documents: ports.documents, clock: services.clock },
      id,
      { by, reason: why },
      signal,
    );
    return { id, silenced: totalOf(ended) };
  },
});

export const alertsActs = [silence, end];
