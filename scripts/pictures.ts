/**
 * Draws the pictures of docs/alerts: rendered Slack messages, from the golden files that the tests compare, in Debian's Chromium.
 * `npm run pictures`; CHROMIUM names another browser than /usr/bin/chromium.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { withPalette } from './palette-png.ts';

const execute = promisify(execFile);
const GOLDEN = new URL('../test/destinations/golden/slack/', import.meta.url);
const PICTURES = fileURLToPath(new URL('../docs/alerts/', import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** CSS pixels: as wide as a large phone. */
const WIDTH = 520;
const LONGEST_MS = 60_000;

/** By the picture's name: the golden files that it shows, the replies of a thread behind their message. */
const SHOWN: Readonly<Record<string, readonly { readonly file: string; readonly reply?: true }[]>> = {
  single: [{ file: 'powershell' }],
  defender: [{ file: 'defender' }],
  burst: [{ file: 'burst' }, { file: 'burst-thread', reply: true }],
  'whole-rule': [{ file: 'whole-rule' }],
  digest: [{ file: 'digest' }],
  operational: [{ file: 'operational' }, { file: 'operational-over', reply: true }],
};

const text = z.object({ text: z.string() });
const golden = z.object({
  blocks: z.array(z.object({ type: z.string(), text: text.optional(), elements: z.array(text).optional() })),
});
type Blocks = z.infer<typeof golden>['blocks'];

const STYLE = `
body { margin: 0; width: ${WIDTH}px; background: #fff; color: #1d1c1d; font: 15px/1.46 Lato, "DejaVu Sans", sans-serif }
.message { display: flex; gap: 8px; padding: 10px 14px 6px }
.reply { margin-left: 44px; border-left: 3px solid #ddd; padding-left: 10px }
.avatar { flex: 0 0 36px; height: 36px; border-radius: 6px; background: #1264a3; color: #fff; font: bold 17px/36px sans-serif; text-align: center }
.body { min-width: 0; overflow-wrap: anywhere }
.name { font-weight: bold } .app { background: #eee; color: #616061; font-size: 10px; padding: 1px 3px; border-radius: 2px; margin-left: 4px; font-weight: bold }
.header { font-weight: 900; font-size: 18px; margin: 4px 0 }
.section { margin: 6px 0 } .context { color: #616061; font-size: 12.5px; margin: 6px 0 }
a { color: #1264a3; text-decoration: none }
code { font: 12px/1.5 "DejaVu Sans Mono", monospace; color: #c01343; background: #f6f6f6; border: 1px solid #ddd; border-radius: 3px; padding: 1px 3px }
pre { font: 12px/1.5 "DejaVu Sans Mono", monospace; background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px; padding: 7px; margin: 4px 0; white-space: pre-wrap }
.mark { display: inline-block; width: 13px; height: 13px; border-radius: 50%; vertical-align: -1px }
`;

/** The colours of our marks, so that the picture does not depend on a font with emoji. */
const COLOURS: Readonly<Record<string, string>> = {
  '🔴': '#d92d20',
  '🟠': '#f38744',
  '🟡': '#fac515',
  '🔵': '#2e90fa',
  '⚪': '#d0d5dd',
  '✅': '#17b26a',
};

function pageOf(messages: readonly { readonly blocks: Blocks; readonly reply: boolean }[]): string {
  const shown = messages.map(({ blocks, reply }) => {
    const parts = blocks.map((block) => {
      const lines = [block.text, ...(block.elements ?? [])].flatMap((one) => (one ? [one.text] : []));
      const inner = lines.map((line) => (block.type === 'header' ? marked(line) : mrkdwn(line))).join(' ');
      return `<div class="${block.type}">${inner}</div>`;
    });
    return `<div class="message${reply ? ' reply' : ''}"><div class="avatar">x</div><div class="body"><span class="name">xdr-relay<span class="app">APP</span></span>${parts.join('')}</div></div>`;
  });
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body>${shown.join('')}<script>document.body.dataset.height = String(document.body.scrollHeight)</script>`;
}

/** Mrkdwn as HTML. Its `&`, `<` and `>` are escaped as HTML has them, but in links and dates. */
function mrkdwn(source: string): string {
  return source
    .split(/(```\n[^`]*\n```|`[^`]*`)/)
    .map((part, at) => {
      if (at % 2 === 0) return outsideCode(part);
      if (part.startsWith('```')) return `<pre>${part.slice(4, -4)}</pre>`;
      return `<code>${part.slice(1, -1)}</code>`;
    })
    .join('');
}

function outsideCode(part: string): string {
  const made = part
    .replace(/<!date\^(\d+)\^[^>]*>/g, (_, seconds: string) => dateText(Number(seconds)))
    .replace(/<https?:[^|>]+\|([^>]*)>/g, '<a>$1</a>')
    .replace(/\*([^*\n]+)\*/g, '<b>$1</b>')
    .replace(/\n/g, '<br>');
  return marked(made);
}

function marked(html: string): string {
  return html.replace(
    /🔴|🟠|🟡|🔵|⚪|✅/gu,
    (mark) => `<span class="mark" style="background:${COLOURS[mark]}"></span>`,
  );
}

/** As Slack shows a time to a reader in UTC. */
function dateText(seconds: number): string {
  const at = new Date(seconds * 1000);
  const day = at.toLocaleDateString('en-US', { timeZone: 'UTC', month: 'short', day: 'numeric' });
  return `${day}, ${at.toLocaleTimeString('en-US', { timeZone: 'UTC' })}`;
}

async function draw(name: string, html: string, folder: string): Promise<void> {
  const page = join(folder, `${name}.html`);
  await writeFile(page, html);
  const url = pathToFileURL(page).href;
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    // Letters in shades of one colour make a smaller file.
    '--disable-lcd-text',
    `--user-data-dir=${folder}/profile`,
  ];
  const options = { timeout: LONGEST_MS, maxBuffer: 16 * 1_048_576 };
  const { stdout } = await execute(
    CHROMIUM,
    [...flags, `--window-size=${WIDTH},400`, '--dump-dom', url],
    options,
  );
  const height = Number(/data-height="(\d+)"/.exec(stdout)?.[1] ?? 800) + 6;
  const taken = join(folder, `${name}.png`);
  const size = `--window-size=${WIDTH},${height}`;
  await execute(CHROMIUM, [...flags, size, `--screenshot=${taken}`, url], options);
  await writeFile(join(PICTURES, `${name}.png`), withPalette(await readFile(taken)));
  process.stdout.write(`docs/alerts/${name}.png\n`);
}

const folder = await mkdtemp(join(tmpdir(), 'pictures-'));
try {
  await mkdir(PICTURES, { recursive: true });
  for (const [name, files] of Object.entries(SHOWN)) {
    const messages = await Promise.all(
      files.map(async ({ file, reply = false }) => ({
        ...golden.parse(JSON.parse(await readFile(new URL(`${file}.json`, GOLDEN), 'utf8'))),
        reply,
      })),
    );
    await draw(name, pageOf(messages), folder);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
