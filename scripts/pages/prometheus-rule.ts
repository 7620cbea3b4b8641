/** Writes the alert rules of deploy/prometheus as an object of the Prometheus Operator, so that the two cannot differ. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root.ts';

const RULES = 'deploy/prometheus/xdr-relay.rules.yaml';

/** The file's own text is kept, comments and block scalars included: it only moves to the right, below `spec`. */
export function prometheusRule(): string {
  const rules = readFileSync(join(ROOT, RULES), 'utf8').trimEnd();
  return `# Generated from ${RULES} by "npm run generate". Do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: xdr-relay
spec:
${rules.replace(/^(?=.)/gm, '  ')}
`;
}
