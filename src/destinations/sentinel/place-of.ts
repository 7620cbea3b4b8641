/** Which stream of which data collection rule a delivery goes to. */
import type { EnvelopeHead } from '../port.ts';
import type { SentinelConfig, SentinelRule } from './config.ts';
import { streamOf } from './stream-name.ts';

/** A stream of a rule. */
export interface StreamPlace {
  readonly rule: SentinelRule;
  readonly stream: string;
}

/** Undefined where no rule takes the table. A dead letter of an alert knows its rule, and not always its own id. */
export function placeOf(
  { rules, stream, alert_stream }: Pick<SentinelConfig, 'rules' | 'stream' | 'alert_stream'>,
  { table, rule: raisedBy }: Pick<EnvelopeHead, 'table' | 'rule'>,
): StreamPlace | undefined {
  if (raisedBy !== undefined) {
    const rule = rules.find(({ alerts }) => alerts) ?? rules[0];
    return rule && { rule, stream: alert_stream };
  }
  const rule =
    rules.find(({ tables }) => tables?.includes(table)) ?? rules.find(({ tables }) => tables === undefined);
  return rule && { rule, stream: streamOf(stream, table) };
}
