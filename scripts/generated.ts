/** Everything in the repository that is generated from the code. What is not: src/rules/schema/tables.ts, whose source is Microsoft's documentation (refresh-schema.ts). */
import { relayJsonSchema } from '../src/config/json-schema.ts';
import { ruleSchemas } from '../src/rules/json-schemas.ts';
import { jsonFile } from '../src/shared/json.ts';
import { configurationPage } from './pages/configuration.ts';
import { errorsPage } from './pages/errors.ts';
import { metricsPage } from './pages/metrics.ts';
import { ruleReferencePage } from './pages/rule-reference.ts';
import { shippedMappingsModule } from './shipped-mappings.ts';

export interface GeneratedFile {
  /** Below the repository's root. */
  readonly path: string;
  /** Makes the file's whole text. */
  text(): string;
}

/** Add what you generate here: `npm run generate` writes it, and a test says when it is out of date. */
export const GENERATED: readonly GeneratedFile[] = [
  { path: 'docs/configuration.md', text: configurationPage },
  { path: 'docs/rule-reference.md', text: ruleReferencePage },
  { path: 'docs/errors.md', text: errorsPage },
  { path: 'docs/metrics.md', text: metricsPage },
  { path: 'schemas/relay.schema.json', text: () => jsonFile(relayJsonSchema()) },
  { path: 'src/rules/shapes/shipped.ts', text: shippedMappingsModule },
  ...[...ruleSchemas()].map(([name, schema]) => ({ path: `schemas/${name}`, text: () => jsonFile(schema) })),
];
