/** docs/metrics.md, from the list of metrics. */
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../src/shared/metrics.ts';

const INTRO = `# Metrics

Generated from \`src/shared/metrics.ts\` by \`npm run generate\`.

\`/metrics\` answers in Prometheus's text format. Each process counts its own work; sum over processes. With several \`sources\`, the
metrics of a source's blobs also have the label \`source\`. [operations.md](operations.md#metrics-worth-an-alarm) lists the ones to alert on.
`;

const SECTIONS: readonly (readonly [title: string, metrics: Readonly<Record<string, string>>])[] = [
  ['Counters', COUNTERS],
  ['Gauges', GAUGES],
  ['Histograms', HISTOGRAMS],
];

/** The whole page. */
export function metricsPage(): string {
  return [INTRO, ...SECTIONS.map(([title, metrics]) => section(title, metrics))].join('\n');
}

function section(title: string, metrics: Readonly<Record<string, string>>): string {
  const rows = Object.entries(metrics).map(([name, help]) => `| \`${name}\` | ${help} |`);
  return [`## ${title}`, '', '| Metric | What it measures |', '| --- | --- |', ...rows, ''].join('\n');
}
