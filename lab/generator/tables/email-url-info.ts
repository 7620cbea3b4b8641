/** Rows of the table EmailUrlInfo. */
import type { Columns } from '../columns.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';
import type { World } from '../world.ts';

export interface MailUrl {
  readonly networkMessageId: string;
  readonly url: string;
  readonly location?: 'Body' | 'Header' | 'Attachment' | 'QRCode';
}

export function mailUrl(world: World, at: number, facts: MailUrl): Columns {
  return {
    Timestamp: timestamp(at, world.random, 0),
    NetworkMessageId: facts.networkMessageId,
    Url: facts.url,
    UrlDomain: new URL(facts.url).hostname,
    UrlLocation: facts.location ?? 'Body',
    ReportId: `${facts.networkMessageId}-${world.random.int(1e9, 9e14)}-1`,
    UrlChainLinkId: null,
  };
}

const PLACES = [
  'https://www.havnia.example/ordre',
  'https://kartenwerk.example/ostsee',
  'https://fjordlinje.example/pier',
] as const;

export const emailUrlInfo: Table = {
  name: 'EmailUrlInfo',
  share: 40,
  everyday: (world, at) =>
    mailUrl(world, at, {
      networkMessageId: world.random.guid(),
      url: `${world.random.pick(PLACES)}?id=${world.random.hex(24)}&utm_campaign=${encodeURIComponent('grüße')}`,
    }),
};
