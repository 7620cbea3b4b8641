/** Text from rows, replies and rules, which an attacker may have written: shown as it is, with nothing hidden in it. */
import { useState } from 'preact/hooks';

/** Characters that are shown first, and at most. */
const FIRST = 300;
const MOST = 65_536;

/**
 * What a reader would not see, or what changes how other text is read: control characters but for line ends and tabs, marks of
 * direction, zero-width and other format characters, and halves of surrogate pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

export interface TextProps {
  readonly value: string;
  /** Characters before a button shows more. */
  readonly first?: number;
  /** Keeps line ends and tabs, in a fixed-width font. */
  readonly block?: boolean;
}

/** Never use anything else for text that the relay did not write itself. */
export function Text({ value, first = FIRST, block = false }: TextProps) {
  const [all, setAll] = useState(false);
  const limit = all ? MOST : first;
  const cut = value.length > limit;
  const shown = cut ? value.slice(0, limit) : value;
  const inner = (
    <>
      {parts(shown, block)}
      {cut ? <More value={value} all={all} onMore={() => setAll(true)} /> : null}
    </>
  );
  return block ? <pre class="text">{inner}</pre> : <bdi class="text">{inner}</bdi>;
}

function More({
  value,
  all,
  onMore,
}: {
  readonly value: string;
  readonly all: boolean;
  readonly onMore: () => void;
}) {
  const count = value.length.toLocaleString('en');
  if (all) return <span class="cut"> … cut: {count} characters in all</span>;
  return (
    <>
      …{' '}
      <button type="button" class="quiet" onClick={onMore}>
        show more of {count} characters
      </button>
    </>
  );
}

/** The text, its unseen characters as `\u{202E}` in a frame. */
function parts(text: string, block: boolean) {
  const made = [];
  let from = 0;
  for (const match of text.matchAll(UNSEEN)) {
    const [one] = match;
    if (block && (one === '\n' || one === '\t')) continue;
    made.push(text.slice(from, match.index));
    made.push(
      <span class="unseen" key={match.index}>
        {escaped(one)}
      </span>,
    );
    from = match.index + one.length;
  }
  made.push(text.slice(from));
  return made;
}

/** The same on its own in a link, where a button cannot be: what opens shows all of it. @param most characters. */
export function ShortText({ value, most = 100 }: { readonly value: string; readonly most?: number }) {
  return <bdi class="text">{plainText(value, most)}</bdi>;
}

/** The same as one string, cut without a button: for pictures and options of a select. */
export function plainText(value: string, most: number): string {
  const shown = value.slice(0, most).replace(UNSEEN, escaped);
  return value.length > most ? `${shown}…` : shown;
}

function escaped(one: string): string {
  if (one === '\n') return '\\n';
  if (one === '\t') return '\\t';
  if (one === '\r') return '\\r';
  return `\\u{${(one.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;
}
