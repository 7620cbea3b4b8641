/** Log sources that name a table of Advanced Hunting themselves. */
import type { LogsourceMapping } from '../types.ts';

/** The product of rules that speak Defender's own language. */
const NATIVE_PRODUCT = 'm365defender';

/**
 * Log sources that name a table: `product: m365defender`, `category: EmailEvents` or, as Sigma likes it, `email_events`.
 *
 * Fields are then columns, dotted paths reach into them.
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
