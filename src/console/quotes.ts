/** Takes what a destination said out of sentences, where `console.rows` does not show every value of every row: it may have quoted one. */
import type { RelayConfig } from '../config/schema.ts';

/** Whether every value of every row may be shown, and with it what destinations say, of which nobody knows what it quotes. */
export function showsQuotes({ console: page }: Pick<RelayConfig, 'console'>): boolean {
  const { show = false, tables, mask = [] } = page?.rows ?? {};
  return show && tables === undefined && mask.length === 0;
}

/** `Splunk answered 400 with code 6: no "j.doe"` without what stands behind the colon. Sentences about anything but an answer stay whole. */
export function withoutAnswer(text: string): string {
  const [, before] = /^(.*?\b(?:answered|took|rejected|refused)\b.*?): /s.exec(text) ?? [];
  return before ?? text;
}

/** A sentence about one row, up to where it may begin to quote: at the first colon or quotation mark. */
export function withoutQuote(text: string): string {
  const at = text.search(/: |["'`\u2018\u201c]/);
  return at < 0 ? text : text.slice(0, at).trimEnd();
}
