/** Makes the text of the comment: a hidden marker, a heading and the reports, not longer than a comment may be. */

/** GitHub refuses comments of more than 65,536 characters. UTF-16 units. */
const LONGEST = 60_000;
const CUT = '\n\n*The report is longer than a comment may be: the job has all of it.*';

/** Begins each comment; nobody sees it. @param key distinguishes the comments of several jobs. */
export function markerOf(key: string): string {
  return `<!-- xdr-relay rules: ${key} -->`;
}

/** @param reports Markdown, which stays as it is: text of others in it must be escaped already. */
export function commentBody(key: string, title: string, reports: readonly string[]): string {
  const whole = [`${markerOf(key)}\n## ${title}`, ...reports.map((one) => one.trim())].join('\n\n');
  if (whole.length <= LONGEST) return whole;
  const room = whole.slice(0, LONGEST - CUT.length);
  // Whole lines: half a line of a table would show its Markdown.
  return room.slice(0, Math.max(room.lastIndexOf('\n'), 0)) + CUT;
}
