/** YAML for the editor's colours and indentation, a line at a time. It marks, and decides nothing: findings come from the engine. */
import { StreamLanguage, type StringStream } from '@codemirror/language';

interface Place {
  /** The indentation of the key whose block scalar the following, deeper lines are; -1 outside of one. */
  block: number;
  /** The quote of a string that goes on in the next line. */
  quote: string;
}

// A plain key takes the spaces behind it: looked for again from each of them, a long line of spaces would hold up the page.
const KEY =
  /^(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|-[^\s#:,[\]{}]+)(?=\s*:(?:\s|$))|[^\s#,[\]{}&*!|>'"%@`-][^#:,[\]{}]*(?=:(?:\s|$)))/;
const BLOCK = /^[|>][-+0-9]*\s*(?:#.*)?$/;
const PLAIN = /^[^\s,[\]{}#'"&*!|>%@`][^,[\]{}#]*/;

export const YAML = StreamLanguage.define<Place>({
  name: 'yaml',
  startState: () => ({ block: -1, quote: '' }),
  token(stream, place) {
    if (stream.sol() && place.block >= 0) {
      if (stream.indentation() > place.block || /^\s*$/.test(stream.string)) {
        stream.skipToEnd();
        return 'string';
      }
      place.block = -1;
    }
    if (place.quote !== '') return quoted(stream, place);
    if (stream.eatSpace()) return null;
    if (stream.peek() === '#' && (stream.sol() || /\s/.test(stream.string.charAt(stream.pos - 1)))) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.sol() && stream.match(/^(?:---|\.\.\.)(?=\s|$)/)) return 'meta';
    if (stream.match(KEY)) return 'propertyName';
    if (stream.match(BLOCK)) {
      place.block = stream.indentation();
      return 'meta';
    }
    if (stream.match(/^[&*!][^\s,[\]{}]*/)) return 'labelName';
    const next = stream.peek();
    if (next === '"' || next === "'") {
      stream.next();
      place.quote = next;
      return quoted(stream, place);
    }
    if (stream.match(/^(?:true|false|null|~|-?\d[\d_.eE+-]*)(?=\s*(?:[,\]}#]|$))/)) return 'keyword';
    if (stream.match(/^-(?=\s|$)/) || stream.match(/^[:,[\]{}?]/)) return 'punctuation';
    if (stream.match(PLAIN)) return 'string';
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: '#' }, closeBrackets: { brackets: ['(', '[', '{', "'", '"'] } },
});

function quoted(stream: StringStream, place: Place): string {
  const ends = place.quote === '"' ? /^(?:[^"\\]|\\.)*"/ : /^(?:[^']|'')*'(?!')/;
  if (stream.match(ends)) place.quote = '';
  else stream.skipToEnd();
  return 'string';
}
