/** The view of the audit log. */
import { z } from 'zod';
import { RelayError } from '../../shared/errors.ts';
import type { AuditAnswer } from '../model/audit.ts';
import { view } from '../page.ts';
import { readRing } from './ring.ts';

export const AUDIT_VIEWS = [
  view({
    path: 'audit',
    query: z.strictObject({}),
    keptMs: 0,
    async read(_query, { ports, viewer, signal }): Promise<AuditAnswer> {
      if (viewer.role !== 'operator') {
        throw new RelayError('role_needed', 'The audit log names people, so it is for operators.');
      }
      const entries = await readRing(ports.documents, signal);
      return { entries: entries.toReversed() };
    },
  }),
];
