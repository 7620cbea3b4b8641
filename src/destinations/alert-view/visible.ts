/** Makes visible what hides in a row's text: shared by all destinations for people; each then escapes for its own format. */

/** What a reader can't see or what turns text around: controls, bidi, zero-width, tags, blank letters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Shows what is invisible as `\u{202e}`. Newlines stay where `lines` is set, and are a space otherwise; tabs are a space. */
export function visible(text: string, lines = false): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(INVISIBLE, (char) => {
      if (char === '\n') return lines ? char : ' ';
      if (char === '\t') return ' ';
      // An emoji's colour selector hides nothing.
      if (char === '\u{fe0f}') return char;
      return `\\u{${char.codePointAt(0)?.toString(16)}}`;
    });
}

/** As much of a string as can matter for `limit` units of output: scripts in a row may be megabytes long. */
export function beginning(text: string, limit: number): string {
  // Of what is shown, only CR LF becomes shorter, by half.
  return text.slice(0, 2 * limit + 2);
}
