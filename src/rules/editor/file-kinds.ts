/** What kind of file an edited text is, and what its schema allows. */
import type { z } from 'zod';
import { exceptionsFile } from '../exceptions/schema.ts';
import { type RuleFolder, sortFiles } from '../folder.ts';
import { listFileForEditors, listsFile } from '../lists/declaration.ts';
import { formatOf, isDeclarationFile } from '../lists/list-files.ts';
import { overridesFile } from '../overrides/schema.ts';
import { schemaFile } from '../schema/own-file.ts';
import { groupsFileOfShape, mappingFileOfShape } from '../shapes/mapping-file.ts';
import { mappingFile } from '../sigma/mappings/file-schema.ts';
import { tableFileForEditors } from '../table/schema.ts';
import { testFile } from '../testing/schema.ts';
import { sigmaDocument } from './sigma-keys.ts';

/** The kinds of files that editors know. `relay` is relay.yaml. */
export type FileKind = Exclude<keyof RuleFolder, 'others'> | 'relay';

/** The kind of a rule file by its path in the folder; undefined if nothing reads a file there. */
export function fileKindOf(path: string): FileKind | undefined {
  const kinds = sortFiles([{ path, text: '' }]);
  const found = Object.entries(kinds).find(([, files]) => files.length > 0)?.[0] as
    | keyof RuleFolder
    | undefined;
  return found === 'others' ? undefined : found;
}

/** The schema of a rule file; undefined for lists that are not YAML, and for relay.yaml, which this room does not know. */
export function schemaOf(kind: FileKind, path: string): z.core.$ZodType | undefined {
  switch (kind) {
    case 'tables':
      return tableFileForEditors;
    case 'detections':
      return sigmaDocument;
    case 'exceptions':
      return exceptionsFile;
    case 'overrides':
      return overridesFile;
    case 'mappings':
      return mappingFile;
    case 'schema':
      return schemaFile;
    case 'tests':
      return testFile;
    case 'shapes':
      return /\/groups\.ya?ml$/i.test(path) ? groupsFileOfShape : mappingFileOfShape;
    case 'lists':
      if (isDeclarationFile(path)) return listsFile;
      return formatOf(path) === 'yaml' ? listFileForEditors : undefined;
    case 'relay':
      return undefined;
  }
}
