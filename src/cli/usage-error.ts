/** The error for a command line that names something that does not exist, or combines options that exclude each other. */
import { RelayError } from '../shared/errors.ts';

/** An option or argument is wrong in a way that only the command's action can detect. The exit code is the one for wrong usage. */
export class UsageError extends RelayError {}
