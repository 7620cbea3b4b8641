/** Maps log sources that name a table of Advanced Hunting themselves. */
import type { LogsourceMapping } from '../types.ts';

/** The product of rules that are written for Defender's own tables. */
const NATIVE_PRODUCT = 'm365defender';

/**
 * Mappings for log sources that name a table: `product: m365defender`, `category: EmailEvents` or, in Sigma's style, `email_events`.
 *
 * Their fields are columns, or dotted paths into columns.
 */
export function nativeMappings(tables: Iterable<string>): LogsourceMapping[] {
  return [...tables].flatMap((table) =>
    [...new Set([table, snakeCase(table)])].map((category) => ({
      logsource: { product: NATIVE_PRODUCT, category },
      tables: [{ table, fields: {} }],
    })),
  );
}

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}
