/** The JSON Schemas with which editors check relay.yaml and rule files. */
import { relayJsonSchema } from '../../config/json-schema.ts';
import { ruleSchemas } from '../../rules/json-schemas.ts';
import { jsonFile } from '../../shared/json.ts';

/** The text of each schema, by file name. */
export function editorSchemas(): ReadonlyMap<string, string> {
  return new Map([
    ['relay.schema.json', jsonFile(relayJsonSchema())],
    ...[...ruleSchemas()].map(([name, schema]): [string, string] => [name, jsonFile(schema)]),
  ]);
}
