/** Formats rule files. */
import { writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { isMap, Lexer, parseDocument } from 'yaml';
import { LEXER_MARKS, tooDeepAt } from '../../../diagnostics/yaml/depth.ts';
import { loadRuleFiles } from '../../../hosts/node/rule-files.ts';
import { sortFiles } from '../../../rules/folder.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { isMeant, mustHoldFiles, shownPath } from './place.ts';
import { placeOfOptions, relayRulesOf, type WorkspaceOptions } from './workspace.ts';

export interface FmtOptions extends WorkspaceOptions {
  /** Whether to only list the files that would change. */
  readonly check?: boolean | undefined;
}

/** `rules fmt`: formats table, exception, override, mapping, schema and test files. Sigma rules stay as their authors wrote them. */
export async function fmtCommand(options: FmtOptions, out: Output): Promise<ExitCode> {
  const place = await placeOfOptions(options, await relayRulesOf(options));
  const found = await Promise.all(
    place.directories.map(async (directory) => ({ directory, files: await loadRuleFiles(directory) })),
  );
  mustHoldFiles(
    place,
    found.flatMap(({ directory, files }) => files.map(({ path }) => ({ directory, path }))),
  );
  const changed = found.flatMap(({ directory, files }) =>
    changedFiles(files.filter(({ path }) => isMeant(place, { directory, path }))).map((file) => ({
      where: `${shownPath(directory)}/${file.path}`,
      text: file.text,
    })),
  );
  for (const { where, text } of changed) {
    if (!options.check) await writeFile(where, text);
    out.print(where);
  }
  return options.check && changed.length > 0 ? EXIT.failed : EXIT.ok;
}

/** The files whose form changes, with their new texts. */
function changedFiles(all: readonly RuleFile[]): readonly RuleFile[] {
  const folder = sortFiles(all);
  const files = [
    ...folder.tables,
    ...folder.exceptions,
    ...folder.overrides,
    ...folder.mappings,
    ...folder.schema,
    ...folder.tests,
  ];
  return files.flatMap((file) => {
    const text = formatRuleFile(file.text);
    return text === undefined || text === file.text ? [] : [{ path: file.path, text }];
  });
}

/**
 * Formats a rule file: two spaces, `[a, b]`, `{ a: b }`, comments kept. Undefined if the text is not a single YAML mapping.
 */
export function formatRuleFile(text: string): string | undefined {
  if (tooDeepAt(text) !== undefined) return undefined;
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const before = document.toJS();
  const written = document.toString({ lineWidth: 0, indentSeq: true, flowCollectionPadding: true });
  const formatted = withCommentsInPlace(withTightLists(written), text);
  // If formatting changed the meaning of the file, the file stays as it is.
  return isDeepStrictEqual(parseDocument(formatted).toJS(), before) ? formatted : undefined;
}

/** Removes the padding from `[ a, b ]` but not from `{ a: b }`, because the YAML library pads both or neither. */
function withTightLists(text: string): string {
  const tokens = [...new Lexer().lex(text)].filter((token) => !LEXER_MARKS.has(token));
  return tokens
    .filter((token, i) => !/^ +$/.test(token) || (tokens[i - 1] !== '[' && tokens[i + 1] !== ']'))
    .join('');
}

const COMMENT = /^( *)(#.*)$/;

/** Puts comments at the margin back in place, because the YAML library indents them into the list before them. */
function withCommentsInPlace(formatted: string, original: string): string {
  const comments = original.split(/\r?\n/).flatMap((line) => {
    const found = COMMENT.exec(line.trimEnd());
    return found ? [{ margin: found[1] === '', text: found[2] }] : [];
  });
  let next = 0;
  return formatted
    .split('\n')
    .map((line) => {
      const found = COMMENT.exec(line);
      const known = found ? comments[next] : undefined;
      if (!found || known?.text !== found[2]) return line;
      next += 1;
      return known?.margin ? (found[2] ?? '') : line;
    })
    .join('\n');
}
