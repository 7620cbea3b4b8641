/** Everything in the repository that is generated from the code. What is not: src/rules/schema/tables.ts, whose source is Microsoft's documentation (refresh-schema.ts). */
import manifest from '../package.json' with { type: 'json' };
import { relayJsonSchema } from '../src/config/json-schema.ts';
import { deadLetterSchema } from '../src/delivery/dead-letter-schema.ts';
import { outputSchemas } from '../src/destinations/output-schemas.ts';
import { presetJsonSchema } from '../src/destinations/preset-files.ts';
import { ruleSchemas } from '../src/rules/json-schemas.ts';
import { jsonFile } from '../src/shared/json.ts';
import { configurationPage } from './pages/configuration.ts';
import { dashboardJson } from './pages/dashboard.ts';
import { errorsPage } from './pages/errors.ts';
import { metricsPage } from './pages/metrics.ts';
import { outputsPage } from './pages/outputs.ts';
import { prometheusRule } from './pages/prometheus-rule.ts';
import { ruleReferencePage } from './pages/rule-reference.ts';
import { shapesPage } from './pages/shapes.ts';
import { shippedMappingsModule } from './shipped-mappings.ts';
import { shippedPresetsModule } from './shipped-presets.ts';

export interface GeneratedFile {
  /** Below the repository's root. */
  readonly path: string;
  /** Makes the file's whole text. */
  text(): string | Promise<string>;
}

/** Add what you generate here: `npm run generate` writes it, and a test says when it is out of date. */
export const GENERATED: readonly GeneratedFile[] = [
  { path: 'docs/configuration.md', text: configurationPage },
  { path: 'docs/rule-reference.md', text: ruleReferencePage },
  { path: 'docs/errors.md', text: errorsPage },
  { path: 'docs/metrics.md', text: metricsPage },
  { path: 'docs/outputs.md', text: outputsPage },
  { path: 'deploy/grafana/xdr-relay.json', text: dashboardJson },
  {
    path: 'deploy/azure/azuredeploy.json',
    text: () => azure(async (files) => jsonFile(await files.armFile())),
  },
  { path: 'deploy/azure/main.bicep', text: () => azure((files) => files.bicepText()) },
  {
    path: 'deploy/azure/createUiDefinition.json',
    text: () => azure((files) => jsonFile(files.uiDefinition())),
  },
  {
    path: 'deploy/azure/main.parameters.json',
    text: () => azure((files) => jsonFile(files.azdParameters())),
  },
  { path: 'deploy/kubernetes/components/monitoring/prometheusrule.yaml', text: prometheusRule },
  { path: 'schemas/relay.schema.json', text: () => jsonFile(relayJsonSchema()) },
  { path: 'schemas/dead-letter.schema.json', text: () => jsonFile(deadLetterSchema()) },
  { path: 'docs/shapes.md', text: shapesPage },
  { path: 'src/shared/version.ts', text: versionModule },
  { path: 'src/rules/shapes/shipped.ts', text: shippedMappingsModule },
  { path: 'src/destinations/preset-data.ts', text: shippedPresetsModule },
  { path: 'schemas/preset.schema.json', text: () => jsonFile(presetJsonSchema()) },
  ...[...ruleSchemas(), ...outputSchemas()].map(([name, schema]) => ({
    path: `schemas/${name}`,
    text: () => jsonFile(schema),
  })),
];

function versionModule(): string {
  return `/** The version of xdr-relay, generated from package.json by \`npm run generate\`: a Worker would carry the whole file. */

export const VERSION: string = '${manifest.version}';
`;
}

/** Azure's SDK is loaded only where a file is made with it. */
async function azure<T>(
  make: (files: typeof import('../deploy/azure/template/files.ts')) => T,
): Promise<Awaited<T>> {
  return await make(await import('../deploy/azure/template/files.ts'));
}
