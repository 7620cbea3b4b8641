/** Stands in for apache-arrow, a quarter of a megabyte that @azure/storage-blob uses for listings in Arrow's format alone: the relay asks for none. */
import { RelayError } from '../../shared/errors.ts';

export function tableFromIPC(): never {
  throw new RelayError('internal_error', 'The Worker reads no listings in the format of Apache Arrow');
}
