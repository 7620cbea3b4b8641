/** The reason for which work is given up when a process of Node ends. */
import { RelayError } from '../../shared/errors.ts';

export function shuttingDown(): RelayError {
  return new RelayError('shutting_down', 'The time for shutting down is over');
}
