/** Tells whether text is a date and time of RFC 3339. */

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** With seconds and a zone whose offset has a colon; letters are capitals, as section 5.6 recommends. The day must exist. */
export function isRfc3339(text: string): boolean {
  const [, year, month, day] = DATE_TIME.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(`${year}-${month}-01T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return false;
  date.setUTCDate(Number(day));
  return Number(day) >= 1 && date.getUTCMonth() + 1 === Number(month);
}
