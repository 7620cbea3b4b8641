/** The types of operations under which Azure Storage bills requests. */

/**
 * The types of operations with separate prices in a standard general-purpose v2 account with a flat namespace. Leases and reading
 * properties are `other`; deletions are free; all operations of a queue have the same price.
 *
 * https://learn.microsoft.com/azure/storage/blobs/map-rest-apis-transaction-categories (as of 2025-05-14)
 */
export const OPERATION_TYPES = ['write', 'list', 'read', 'other', 'queue', 'free'] as const;
export type OperationType = (typeof OPERATION_TYPES)[number];

/** The number of operations of each type. */
export type Operations = Readonly<Record<OperationType, number>>;

export const NO_OPERATIONS: Operations = { write: 0, list: 0, read: 0, other: 0, queue: 0, free: 0 };
