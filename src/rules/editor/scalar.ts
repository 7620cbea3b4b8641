/** Writes texts as scalars of YAML. */

/** A text as a scalar on one line, in quotes where it needs them. */
export function scalar(text: string): string {
  const isPlain =
    /^[A-Za-z0-9_./$%][^:#,[\]{}"'\r\n]*$/.test(text) &&
    !/\s$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|~)$/i.test(text) &&
    !/^[\d.+-]+$/.test(text);
  if (isPlain) return text;
  // Single quotes cannot hold line ends and other control characters.
  return /\p{Cc}/u.test(text) ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`;
}
