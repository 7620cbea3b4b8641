import type { LogsourceMapping } from '../types.ts';

/** The log sources this project knows; a user's `transforms/mappings/*.yaml` are put after them. */
export const defaultMappings: readonly LogsourceMapping[] = [];
