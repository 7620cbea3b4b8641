/** What storage operations cost: the prices that come with the relay, and those of an operator's own file. */
import { z } from 'zod';
import { RelayError } from '../../shared/errors.ts';
import type { OperationType } from '../../shared/storage-operations.ts';
import eastUs from './prices.json' with { type: 'json' };

const price = z.number().nonnegative();

const priceListSchema = z.strictObject({
  /** Whose prices, of which region and kind of account. */
  name: z.string().min(1).max(200),
  currency: z.string().regex(/^[A-Z]{3}$/, 'a currency such as "USD"'),
  /** When they were looked up. */
  date: z.iso.date(),
  sources: z.array(z.string()).default([]),
  /** Of 10,000 operations of each type. */
  per_10000: z.strictObject({
    write: price,
    list: price,
    read: price,
    other: price,
    queue: price,
    free: price.default(0),
  } satisfies Record<OperationType, z.ZodType>),
});

/** Prices of one kind of account in one region. */
export type PriceList = z.infer<typeof priceListSchema>;

/** The prices that come with the relay. */
export const LIST_PRICES: PriceList = eastUs;

/** Reads a price list, JSON. Throws RelayError `bad_prices`; `where` names the file. */
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
