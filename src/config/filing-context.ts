/** How rows are filed at destinations, as far as compiling rules needs to know it: where columns decide that, or routes may. */
import type { Descriptor } from '../destinations/descriptor.ts';
import type { DestinationConfig } from '../destinations/list.ts';
import type { RuleContext } from '../rules/ruleset.ts';
import { isTemplated, type MetadataSpec } from '../shared/metadata-template.ts';

export type FilingContext = Pick<RuleContext, 'metadata' | 'metadataKeys' | 'ownHeaders'>;

/** How rows are filed at one destination. */
export interface Filing {
  readonly name: string;
  readonly keys: readonly string[];
  readonly spec: MetadataSpec;
  readonly ownHeaders: readonly string[];
}

/** @param entries one of each destination. */
export function filingContext(entries: readonly Filing[]): FilingContext {
  const decided = entries.filter(({ spec: { headers = {}, ...others } }) =>
    [...Object.values(others), ...Object.values(headers)].some(isTemplated),
  );
  return {
    metadata: Object.fromEntries(decided.map(({ name, spec }) => [name, spec])),
    metadataKeys: Object.fromEntries(entries.map(({ name, keys }) => [name, keys])),
    ownHeaders: Object.fromEntries(entries.map(({ name, ownHeaders }) => [name, ownHeaders])),
  };
}

/** Of an entry that was checked by the schema of the descriptor. */
export function filingOf(
  name: string,
  { metadata }: Pick<Descriptor, 'metadata'>,
  entry: DestinationConfig,
): Filing {
  const ownHeaders = metadata?.ownHeaders?.(entry) ?? [];
  return { name, keys: metadata?.keys ?? [], spec: metadata?.of(entry) ?? {}, ownHeaders };
}
