/** Bytes of a row, or of what was sent, as the relay's setting lets them be seen. */
import type { ShownText } from '../../src/console/model/rows.ts';
import { formatBytes } from './figures.tsx';
import { indented } from './json.ts';
import { Note } from './notes.tsx';
import { Text } from './text.tsx';

export function Shown({ of }: { readonly of: ShownText }) {
  const { text, why, bytes, cut, masked, lossy } = of;
  const about = [
    formatBytes(bytes),
    cut && 'only the beginning is shown',
    masked && 'columns are masked',
    lossy && 'bytes that are not UTF-8 are shown as \ufffd',
  ].filter(Boolean);
  return (
    <>
      {text === undefined ? (
        <Note>{why}</Note>
      ) : (
        <Text block first={2000} value={cut ? text : text.split('\n').map(indented).join('\n')} />
      )}
      <p class="quiet-line">{about.join(', ')}</p>
    </>
  );
}
