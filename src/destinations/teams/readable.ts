/** A card as text for a terminal: what a person would read in Teams, links with their addresses behind them, times in the terminal's zone. */
import { z } from 'zod';

const openUrl = z.object({ title: z.string().optional(), url: z.string() });
const block = z.lazy(() =>
  z.object({
    text: z.string().optional(),
    inlines: z.array(z.object({ text: z.string(), selectAction: openUrl.optional() })).optional(),
  }),
);
const message = z.lazy(() =>
  z.object({
    attachments: z.tuple([
      z.object({ content: z.object({ body: z.array(block), actions: z.array(openUrl).optional() }) }),
    ]),
  }),
);

/** The text of a message's JSON; undefined for what is none. */
export function readableTeams(body: unknown): string | undefined {
  const { data } = message.safeParse(body);
  if (data === undefined) return undefined;
  const { content } = data.attachments[0];
  const [heading = '', ...lines] = content.body.map(({ text, inlines = [] }) =>
    text === undefined
      ? inlines
          .map((run) => withAddress(run.text, run.selectAction?.url))
          .join('')
          .trimEnd()
      : withTimes(text),
  );
  const links = (content.actions ?? []).map(({ title = '', url }) => withAddress(title, url));
  const parts = [
    `${heading}\n${'='.repeat(Math.min(80, [...heading].length + 1))}`,
    lines.join('\n'),
    links.join('\n'),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function withAddress(text: string, url: string | undefined): string {
  return url === undefined ? text : `${text} <${url}>`;
}

/** Only what we write ourselves stands in a `TextBlock`. */
function withTimes(text: string): string {
  return text
    .replace(/\{\{DATE\(([^,()]+), SHORT\)\}\}/g, (_, time: string) =>
      new Date(time).toLocaleDateString('en-US', {
        weekday: 'short',
        month: 'short',
        day: 'numeric',
        year: 'numeric',
      }),
    )
    .replace(/\{\{TIME\(([^()]+)\)\}\}/g, (_, time: string) =>
      new Date(time).toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit' }),
    )
    .replaceAll('**', '');
}
