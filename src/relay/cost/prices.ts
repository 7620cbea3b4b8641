/** The prices of storage operations: the shipped list, and reading an operator's own list. */
import { z } from 'zod';
import { RelayError } from '../../shared/errors.ts';
import type { OperationType } from '../../shared/storage-operations.ts';
import eastUs from './prices.json' with { type: 'json' };

const price = z.number().nonnegative();

const priceListSchema = z.strictObject({
  /** Describes the list: provider, region, kind of account. */
  name: z.string().min(1).max(200),
  currency: z.string().regex(/^[A-Z]{3}$/, 'a currency such as "USD"'),
  /** When the prices were looked up. */
  date: z.iso.date(),
  sources: z.array(z.string()).default([]),
  /** The price of 10,000 operations of each type. */
  per_10000: z.strictObject({
    write: price,
    list: price,
    read: price,
    other: price,
    queue: price,
    free: price.default(0),
  } satisfies Record<OperationType, z.ZodType>),
});

/** The prices of one kind of account in one region. */
export type PriceList = z.infer<typeof priceListSchema>;

/** The shipped price list. */
export const LIST_PRICES: PriceList = eastUs;

/** Parses a price list from JSON. Throws RelayError `bad_prices`. @param where names the file in messages. */
export function parsePrices(text: string, where: string): PriceList {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RelayError('bad_prices', `${where} is not JSON`);
  }
  const read = priceListSchema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const at = issue?.path.join('.') || 'it';
  throw new RelayError('bad_prices', `${where} is no price list: ${at}: ${issue?.message}`);
}
