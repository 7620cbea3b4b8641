/** The error for a command line that names what does not exist or does not go together. */
import { RelayError } from '../shared/errors.ts';

/** An option or argument is wrong in a way that only the command itself can tell. The exit code is that for wrong usage. */
export class UsageError extends RelayError {}
