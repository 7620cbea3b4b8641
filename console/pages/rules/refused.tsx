/** A set that processes refuse: each mistake with the line of its file and a caret. */
import type { Mistake, RefusedRules } from '../../../src/console/model/rules.ts';
import { Note, Panel } from '../../parts/notes.tsx';
import { Text } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { pageHref } from '../../shell/router.ts';

export function Refused({ refused }: { readonly refused: RefusedRules }) {
  const { since, by, total, mistakes, lastGood } = refused;
  const more = total - mistakes.length;
  return (
    <Panel title="Refused rules">
      <Note tone="bad">
        {total === 1 ? 'One mistake keeps' : `${total.toLocaleString('en')} mistakes keep`} newer rules from
        coming into force. Found <Time at={since} /> by <Text value={by.join(', ')} />.
      </Note>
      {lastGood === undefined ? null : (
        <Note tone="bad">
          The last good rules cannot be used either: <Text value={lastGood} />
        </Note>
      )}
      <ol class="mistakes">
        {mistakes.map((one, at) => (
          <li key={at}>
            <OneMistake mistake={one} />
          </li>
        ))}
      </ol>
      {more > 0 ? <p>And {more.toLocaleString('en')} more, which “xdr-relay rules check” lists.</p> : null}
    </Panel>
  );
}

function OneMistake({ mistake }: { readonly mistake: Mistake }) {
  const { file, line, column, message, code, hint, excerpt } = mistake;
  return (
    <>
      <p>
        {file === undefined ? null : (
          <>
            <a href={pageHref('rules', { file, of: 'found', line: line?.toString() })}>
              <Text value={`${file}:${line ?? 1}:${column ?? 1}`} />
            </a>{' '}
          </>
        )}
        <Text value={message} first={600} /> <code class="code">{code}</code>
      </p>
      {excerpt ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard.
        <pre class="excerpt" tabIndex={0}>
          <span class="number-of-line">{line} | </span>
          <Plain text={excerpt.before} />
          <mark>{excerpt.wrong === '' ? '' : <Plain text={excerpt.wrong} />}</mark>
          <Plain text={excerpt.after} />
          {'\n'}
          <span class="caret" role="img" aria-label={`The mistake begins at column ${column ?? 1}`}>
            {' '.repeat(`${line} | `.length + shownLength(excerpt.before))}
            {'^'.repeat(Math.max(1, shownLength(excerpt.wrong)))}
          </span>
        </pre>
      ) : null}
      {hint === undefined ? null : (
        <p class="hint">
          Hint: <Text value={hint} />
        </p>
      )}
    </>
  );
}

/** A part of a line. What a reader would not see is one `�`, so that the caret stands under its place. */
function Plain({ text }: { readonly text: string }) {
  return <>{shown(text)}</>;
}

function shown(text: string): string {
  return text
    .replace(/\t/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu, '\ufffd');
}

function shownLength(text: string): number {
  return shown(text).length;
}
