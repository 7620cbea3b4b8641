/** Writes diagnostics as SARIF 2.1.0 (OASIS), which code scanning of GitHub, GitLab and Azure DevOps reads. */
import { diagnosticCodes } from './codes.ts';
import type { Diagnostic } from './diagnostic.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** @param version the version of xdr-relay. */
export function sarifLog(list: readonly Diagnostic[], version: string): string {
  const codes = [...new Set(list.map(({ code }) => code))].sort();
  const index = new Map(codes.map((code, position) => [code, position]));
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'xdr-relay',
            version,
            rules: codes.map((id) => ({
              id,
              shortDescription: { text: plainText(diagnosticCodes[id].meaning) },
              help: {
                text: plainText(diagnosticCodes[id].fix),
                markdown: diagnosticCodes[id].fix,
              },
            })),
          },
        },
        // Columns of diagnostics count UTF-16 units.
        columnKind: 'utf16CodeUnits',
        results: list.map((one) => ({
          ruleId: one.code,
          ruleIndex: index.get(one.code),
          level: one.severity,
          message: { text: one.hint === undefined ? one.message : `${one.message}\nhint: ${one.hint}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(one.file) },
                region: regionOf(one),
              },
            },
          ],
        })),
      },
    ],
  };
  return JSON.stringify(log, undefined, 2);
}

function regionOf({ span: { line, column, length } }: Diagnostic): object {
  return { startLine: line, startColumn: column, endColumn: column + length };
}

/** A path as a URI: relative to the repository, or of the file system. */
function uriOf(path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${encoded}` : encoded;
}

function plainText(markdown: string): string {
  return markdown.replaceAll('`', '').replaceAll('*', '');
}
