/** Works out where each generated row has to arrive, by the rules that the relay runs. */
import type { GeneratedRow } from '../lab/generator/generator.ts';
import type { LedgerRow } from '../lab/oracle/ledger.ts';
import type { Routing } from '../lab/relay-config.ts';
import { renderDiagnostics } from '../src/diagnostics/render.ts';
import { loadRuleFiles } from '../src/hosts/node/rule-files.ts';
import { compileRules } from '../src/rules/index.ts';
import type { RuleSet } from '../src/rules/ruleset.ts';
import type { JsonObject } from '../src/shared/json.ts';

/** Says of a row where it has to arrive, by the rules that the relay runs too. */
export type Expect = (row: GeneratedRow, blob: string, offset: number) => LedgerRow;

export interface Expectations {
  readonly version: string;
  readonly expect: Expect;
}

/** Compiles the rule files of a folder. Throws an error that shows what is wrong with them. */
export async function loadExpectations(
  directory: string,
  hashKey: string,
  routing: Routing,
): Promise<Expectations> {
  const files = await loadRuleFiles(directory);
  const { rules, diagnostics } = compileRules(files, { ...routing, variables: { HASH_KEY: hashKey } });
  if (!rules) {
    const sources = new Map(files.map(({ path, text }) => [path, text]));
    throw new Error(renderDiagnostics(diagnostics, sources));
  }
  return { version: rules.version, expect: (row, blob, offset) => expectedOf(rules, row, blob, offset) };
}

/** The tables whose rows are about Defender's own alerts. */
const DEFENDER_TABLES: readonly string[] = ['AlertInfo', 'AlertEvidence'];
const PLUMBING = '__UDI_RequiredFields_';

function expectedOf(rules: RuleSet, row: GeneratedRow, blob: string, offset: number): LedgerRow {
  const { properties, ...envelope }: { properties: JsonObject } = JSON.parse(row.line.toString());
  const columns = Object.fromEntries(
    Object.entries(properties).filter(([name]) => !name.startsWith(PLUMBING)),
  );
  const verdict = rules.evaluate({
    id: row.id,
    table: row.table,
    properties: columns,
    envelope,
    text: undefined,
    source: { blob, offset },
  });
  const place = { blob, offset, id: row.id };
  const { AlertId: defenderAlert } = DEFENDER_TABLES.includes(row.table) ? columns : {};
  if (verdict.kind === 'filtered') return { ...place, filter: verdict.filter, expected: [] };
  return {
    ...place,
    expected: verdict.routes.map(({ to, rule }) => ({
      destination: to,
      ...(rule === undefined ? {} : { rule: rule.title }),
      // Whatever rules and rows are about one alert of Defender, people are told of one.
      ...(typeof defenderAlert === 'string' && { alert: defenderAlert }),
    })),
  };
}
