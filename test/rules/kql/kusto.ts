/** Kusto's own parser and binder, with the tables of a schema as its database. */
import { createRequire } from 'node:module';
import type { Schema } from '../../../src/rules/schema/index.ts';

/** A node of a parsed query, as far as tests read it. */
export interface KustoNode {
  /** The name of Kusto's SyntaxKind: `PipeExpression`, `StringLiteralExpression`. */
  readonly kind: string;
  /** The text of a token; empty for other nodes. */
  readonly text: string;
  /** The value of a literal. */
  readonly value: unknown;
  readonly children: readonly KustoNode[];
}

interface ParsedNode {
  readonly Kind: number;
  readonly ChildCount: number;
  readonly LiteralValue?: unknown;
  GetChild(at: number): ParsedNode | null;
  ToString(trivia: unknown): string;
}

interface ParsedCode {
  readonly Syntax: ParsedNode;
  GetDiagnostics(): {
    readonly Count: number;
    getItem(at: number): { readonly Severity: string; readonly Message: string; readonly Start: number };
  };
}

type Made = object;

interface KustoLibrary {
  readonly Kusto: {
    readonly Language: {
      readonly KustoCode: { ParseAndAnalyze(text: string, globals: Made): ParsedCode };
      readonly GlobalState: { readonly Default: { WithDatabase(database: Made): Made } };
      readonly Symbols: {
        readonly TableSymbol: { readonly $ctor7: new (name: string, schema: string) => Made };
        readonly DatabaseSymbol: { readonly ctor: new (name: string, members: readonly Made[]) => Made };
      };
      readonly Syntax: {
        readonly SyntaxKind: Made;
        readonly IncludeTrivia: { readonly Minimal: unknown; readonly Interior: unknown };
      };
    };
  };
  readonly System: { readonly Enum: { toString(type: Made, value: number): string } };
}

let loaded: KustoLibrary | undefined;

/** The library, which puts itself among the global names when it is loaded. */
function library(): KustoLibrary {
  if (!loaded) {
    const load = createRequire(import.meta.url);
    load('@kusto/language-service-next/bridge.min.js');
    load('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
    loaded = globalThis as unknown as KustoLibrary;
  }
  return loaded;
}

export interface Kusto {
  /** What Kusto says of a query: errors, warnings. Empty if it is right. */
  problems(query: string): readonly string[];
  /** The syntax tree of a query. Throws if Kusto finds an error. */
  parse(query: string): KustoNode;
}

/** Kusto with the tables of a schema. */
export function kustoOf(schema: Schema): Kusto {
  const { Language } = library().Kusto;
  const { TableSymbol, DatabaseSymbol } = Language.Symbols;
  const tables = schema.tableNames.flatMap((name) => {
    const table = schema.find(name);
    if (!table) return [];
    const columns = [...table.columns].map(([column, type]) => `['${column}']:${type}`);
    return [new TableSymbol.$ctor7(table.table, `(${columns.join(', ')})`)];
  });
  const globals = Language.GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor('hunting', tables));
  const analyse = (query: string) => Language.KustoCode.ParseAndAnalyze(query, globals);
  const problemsOf = (code: ParsedCode, query: string) => {
    const found = code.GetDiagnostics();
    return Array.from({ length: found.Count }, (_, at) => {
      const { Severity, Message, Start } = found.getItem(at);
      return `${Severity}: ${Message} at ${JSON.stringify(query.slice(Start, Start + 40))}`;
    });
  };
  return {
    problems: (query) => problemsOf(analyse(query), query),
    parse(query) {
      const code = analyse(query);
      const problems = problemsOf(code, query);
      if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${query}`);
      return nodeOf(code.Syntax);
    },
  };
}

function nodeOf(node: ParsedNode): KustoNode {
  const { Kusto, System } = library();
  const { SyntaxKind, IncludeTrivia } = Kusto.Language.Syntax;
  const children: KustoNode[] = [];
  for (let at = 0; at < node.ChildCount; at++) {
    const child = node.GetChild(at);
    if (child) children.push(nodeOf(child));
  }
  const kind = System.Enum.toString(SyntaxKind, node.Kind);
  return {
    kind,
    text: kind.endsWith('Token') || kind.endsWith('Keyword') ? node.ToString(IncludeTrivia.Minimal) : '',
    value: kind.endsWith('LiteralExpression') ? node.LiteralValue : undefined,
    children,
  };
}
