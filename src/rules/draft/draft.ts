/** Drafts a Sigma rule, and a test of it, from a row. */
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import type { TableSchema } from '../schema/index.ts';
import { type Chosen, type ChosenColumns, chooseColumns } from './columns.ts';
import { commentValue, sigmaText, yamlValue } from './escape.ts';

/** What a draft is made of. */
export interface DraftSource {
  readonly schema: TableSchema;
  /** The row's columns, as JSON. */
  readonly row: JsonObject;
  /** A new UUID. */
  readonly id: string;
  /** Today, as `2026-11-27`. */
  readonly date: string;
}

export interface Draft {
  readonly title: string;
  /** A name for the file, without an ending: letters, digits and `_`. */
  readonly name: string;
  /** The rule's file. */
  readonly rule: string;
  /** The columns of the row that the rule goes by: the row of its test. Nothing else of the row is kept. */
  readonly row: JsonObject;
}

/** Drafts a rule that matches the row. Undefined if the row holds nothing that a rule could compare. */
export function draftRule({ schema, row, id, date }: DraftSource): Draft | undefined {
  const { table } = schema;
  const columns = chooseColumns(row, schema);
  const { chosen } = columns;
  if (chosen.length === 0) return undefined;
  const title = titleOf(table, chosen);
  return {
    title,
    name: title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_|_$/g, ''),
    row: rowFor(chosen, row),
    rule: `title: ${yamlValue(title)}
id: ${id}
status: experimental
description: >-
  Drafted from a row of ${table}. Say here what the rule detects, and why that matters.
author: Who can be asked about the rule
date: ${date}
# ATT&CK, such as attack.execution and attack.t1059.001:
tags: []
logsource:
  product: m365defender
  service: ${table}
detection:
  selection:
${selectionOf(columns)}
  condition: selection
falsepositives:
  - Not known yet
level: medium
`,
  };
}

function selectionOf({ chosen, others }: ChosenColumns): string {
  const lines = chosen.flatMap(({ column, modifiers, values }) => {
    const key = `    ${column}${modifiers}:`;
    const texts = values.map((value) => yamlValue(typeof value === 'string' ? sigmaText(value) : value));
    return texts.length === 1 ? [`${key} ${texts[0]}`] : [key, ...texts.map((text) => `      - ${text}`)];
  });
  if (others.length === 0) return lines.join('\n');
  const also = others.map(({ column, value }) => `    # ${column}: ${commentValue(value)}`);
  return [...lines, '    # The row also has these, which change sooner:', ...also].join('\n');
}

/** A title of plain words: columns may hold anything. */
function titleOf(table: string, chosen: readonly Chosen[]): string {
  const words = chosen
    .filter(({ column }) => column !== 'ProcessCommandLine')
    .slice(0, 3)
    .flatMap(({ values }) =>
      values.map((value) =>
        String(value)
          .replace(/[^A-Za-z0-9.]+/g, ' ')
          .trim()
          .slice(0, 30),
      ),
    )
    .filter((word) => word !== '');
  return `${table} ${words.join(' ')}`.trim().slice(0, 90).trim();
}

function rowFor(chosen: readonly Chosen[], row: JsonObject): JsonObject {
  const made: Record<string, JsonValue> = {};
  for (const { column } of chosen) made[column] = row[column] ?? null;
  return made;
}
