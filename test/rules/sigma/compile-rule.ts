/** Compiles one Sigma rule against the shipped schema and mappings, for tests. */
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import {
  buildMatcher,
  type CompiledRule,
  compileRule,
  defaultMappings,
  type LogsourceMapping,
  parseSigmaFile,
  type RuleEnvironment,
} from '../../../src/rules/sigma/index.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { expectTheVoice } from '../../diagnostics/expect-voice.ts';
import { schemaColumns, sources, view } from './support.ts';

export interface Compiled {
  readonly rules: readonly CompiledRule[];
  readonly tables: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** Whether the rule matches a row of the table, by the index. */
  matches(table: string, row: JsonObject): boolean;
}

/** @param detection the lines of `detection:`, not indented. */
export function compiledRule(
  logsource: string,
  detection: string,
  mappings: readonly LogsourceMapping[] = defaultMappings,
): Compiled {
  const indented = detection.replace(/^/gm, '  ');
  const text = `title: T\nlogsource: { ${logsource} }\ndetection:\n${indented}\n`;
  const parsed = parseSigmaFile({ path: 'rule.yml', text });
  const diagnostics: Diagnostic[] = [...parsed.diagnostics];
  const environment: RuleEnvironment = {
    columnsOf: schemaColumns,
    sourcesOf: () => sources,
    variables: {},
    mappings,
    report: (diagnostic) => diagnostics.push(diagnostic),
  };
  const rules = parsed.documents.flatMap((document) =>
    document.kind === 'rule' ? compileRule(document, environment) : [],
  );
  expectTheVoice(diagnostics);
  const codesOf = (severity: Diagnostic['severity']) =>
    diagnostics.filter((one) => one.severity === severity).map(({ code }) => code);
  return {
    rules,
    tables: rules.map(({ table }) => table),
    diagnostics,
    errors: codesOf('error'),
    warnings: codesOf('warning'),
    matches(table, row) {
      const detections = rules.filter((one) => one.table === table).map((one) => one.detection);
      return buildMatcher(detections).match(view(row)).length > 0;
    },
  };
}
