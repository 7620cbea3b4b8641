/** Reads how often rules matched from the metrics of relays, in Prometheus's text format. */
import type { HitCounts } from './hits.ts';

const RULES = 'xdr_relay_rule_alerts_total';
const ROWS = 'xdr_relay_rows_total';
const SAMPLE = /^(\w+)\{(.*)\} ([0-9.e+]+)(?: -?\d+)?$/i;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Adds the counters of one process. Lines of other metrics are passed over. False if there is no counter of rows: then the text is not a relay's. */
export function addMetrics(hits: HitCounts, text: string): boolean {
  let hasRows = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith(RULES) && !line.startsWith(ROWS)) continue;
    const [, name, written = '', value] = SAMPLE.exec(line.trimEnd()) ?? [];
    const count = Number(value);
    if (!Number.isFinite(count)) continue;
    const labels = new Map(
      [...written.matchAll(LABEL)].map(([, key = '', text = '']) => [key, unescaped(text)]),
    );
    const [rule, table] = [labels.get('rule'), labels.get('table')];
    if (name === ROWS && table !== undefined) {
      hits.addRows(table, count);
      hasRows = true;
    } else if (name === RULES && rule !== undefined) hits.addHit({ title: rule }, count);
  }
  return hasRows;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
