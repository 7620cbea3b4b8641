/** The JSON Schemas of rule files, for editors. */
import { z } from 'zod';
import { targetsFile } from './coverage-targets.ts';
import { exceptionsFile } from './exceptions/schema.ts';
import { profileFile } from './lint/profile.ts';
import { listFileForEditors, listsFile } from './lists/declaration.ts';
import { overridesFile } from './overrides/schema.ts';
import { schemaFile } from './schema/own-file.ts';
import { groupsFileOfShape, mappingFileOfShape } from './shapes/mapping-file.ts';
import { sigmaForEditors } from './sigma/editor-schema.ts';
import { mappingFile } from './sigma/mappings/file-schema.ts';
import { tableFileForEditors } from './table/schema.ts';
import { expectationsFile } from './testing/expectations.ts';
import { testFile } from './testing/schema.ts';

/** The JSON Schemas of the rule files (draft 2020-12), by file name. */
export function ruleSchemas(): ReadonlyMap<string, object> {
  const schema = (type: z.ZodType, title: string) => ({ title, ...z.toJSONSchema(type, { io: 'input' }) });
  return new Map([
    ['table.schema.json', schema(tableFileForEditors, 'xdr-relay table file')],
    ['sigma.schema.json', schema(sigmaForEditors, 'xdr-relay Sigma rule or correlation')],
    ['exceptions.schema.json', schema(exceptionsFile, 'xdr-relay exceptions')],
    ['overrides.schema.json', schema(overridesFile, 'xdr-relay overrides')],
    ['mapping.schema.json', schema(mappingFile, 'xdr-relay mapping file')],
    ['schema.schema.json', schema(schemaFile, 'xdr-relay schema file')],
    ['lists.schema.json', schema(listsFile, 'xdr-relay declarations of lists')],
    ['list.schema.json', schema(listFileForEditors, 'xdr-relay list')],
    ['lint-profile.schema.json', schema(profileFile, 'xdr-relay profile of rules lint')],
    ['expectations.schema.json', schema(expectationsFile, 'xdr-relay expectations of rules run')],
    ['coverage-targets.schema.json', schema(targetsFile, 'xdr-relay targets of rules coverage')],
    ['test.schema.json', schema(testFile, 'xdr-relay test file')],
    ['shape.schema.json', schema(mappingFileOfShape, 'xdr-relay mapping of a shape')],
    ['shape-groups.schema.json', schema(groupsFileOfShape, 'xdr-relay groups of columns')],
  ]);
}
