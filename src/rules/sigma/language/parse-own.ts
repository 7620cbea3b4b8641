/** Reads `xdr_relay:` of a Sigma document: our own attributes, which other tools pass over. */
import { isMap, type Node, type YAMLMap } from 'yaml';
import { z } from 'zod';
import type { Finding } from '../../../diagnostics/diagnostic.ts';
import { findingsOf } from '../../../diagnostics/issues.ts';
import type { Path } from '../../../diagnostics/path.ts';
import type { MappingReader } from '../../../diagnostics/yaml/mapping.ts';
import { nodeOr, spanOf } from '../../../diagnostics/yaml/places.ts';
import { declaredGrouping, groupingConflict, groupingKeys } from '../../../shared/grouping.ts';
import { TITLE_LIMIT } from '../../../shared/title-template.ts';
import type { AlertDeclaration, Placed } from '../types.ts';

/** Sigma lets authors add attributes; one name of our own cannot mean something else to another tool. */
export const OWN_KEY = 'xdr_relay';

export const ownAttributes = z
  .strictObject({
    title: z
      .string()
      .min(1)
      .max(TITLE_LIMIT)
      .optional()
      .describe(
        "The title of the rule's alerts. `{DeviceName}` stands for the value of a column after the table's transform; `{{` and `}}` stand for braces. Default: the rule's title.",
      )
      .meta({ examples: ['{DeviceName}: shadow copies deleted'] }),
    ...groupingKeys,
  })
  .describe("What xdr-relay does with the rule's alerts.");

/** Reads the attributes of a document; mistakes are reported at their place. */
export function readOwn(root: MappingReader): { readonly alert?: AlertDeclaration } {
  const map = root.mapping(OWN_KEY);
  // A document with mistakes, such as an alias, is not used: reading on would only repeat them.
  if (!map || root.findings.failed) return {};
  const data: unknown = map.node.toJSON();
  const read = ownAttributes.safeParse(data);
  if (!read.success) {
    const { issues } = read.error;
    for (const finding of findingsOf(issues, { schema: ownAttributes, data, at: map.path })) {
      report(map, finding);
    }
    return {};
  }
  const conflict = groupingConflict(read.data);
  if (conflict) {
    const { key, message } = conflict;
    report(map, { code: 'conflict', message, path: [...map.path, key], atKey: true });
  }
  const grouping = declaredGrouping(read.data);
  const { title, group_by: by = [] } = read.data;
  const columns =
    typeof by === 'string'
      ? [placed(map, by, ['group_by'])]
      : by.map((name, index) => placed(map, name, ['group_by', index]));
  return {
    alert: {
      ...(title !== undefined && { title: placed(map, title, ['title']) }),
      ...(grouping !== undefined && { grouping }),
      columns,
    },
  };
}

function placed(map: MappingReader, text: string, path: Path): Placed {
  return { text, span: spanOf(nodeAt(map.node, path) ?? map.node, map.findings.lines) };
}

function report(map: MappingReader, { path, atKey, severity, ...mistake }: Finding): void {
  const inside = path.slice(map.path.length);
  const node = atKey ? keyAt(map.node, inside) : nodeAt(map.node, inside);
  map.findings.report(node ?? map.node, mistake, severity);
}

function nodeAt(map: YAMLMap, path: Path): Node | undefined {
  return nodeOr(path.length === 0 ? map : map.getIn([...path], true));
}

function keyAt(map: YAMLMap, path: Path): Node | undefined {
  const last = path.at(-1);
  const parent = nodeAt(map, path.slice(0, -1));
  if (!isMap(parent)) return undefined;
  return nodeOr(parent.items.find(({ key }) => String(key) === String(last))?.key);
}
