/** The schema of an error code in a stored document, which another version of the relay may have written. */
import { z } from 'zod';
import { type ErrorCode, isErrorCode } from './error-codes.ts';

/** A code that this version does not know is read as `unexpected`. */
export const storedCode = z
  .string()
  .max(200)
  .transform((code): ErrorCode => (isErrorCode(code) ? code : 'unexpected'));
