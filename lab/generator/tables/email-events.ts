/** Rows of the table EmailEvents. */
import type { Columns } from '../columns.ts';
import { empty } from '../columns.ts';
import { DOMAIN, type User } from '../company.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';
import type { World } from '../world.ts';

export interface Mail {
  readonly networkMessageId: string;
  readonly from: string;
  readonly displayName: string;
  readonly senderIp: string;
  readonly to: User;
  readonly subject: string;
  readonly urls: number;
  readonly attachments?: number;
  readonly threatTypes?: string;
  readonly detectionMethods?: string;
  readonly authentication?: 'pass' | 'fail';
  readonly firstContact?: boolean;
}

export function mailReceived(world: World, at: number, mail: Mail): Columns {
  const { random } = world;
  const domain = mail.from.split('@')[1] ?? '';
  const inside = domain === DOMAIN;
  const verdict = mail.authentication ?? 'pass';
  return {
    Timestamp: timestamp(at, random, 0),
    NetworkMessageId: mail.networkMessageId,
    InternetMessageId: `<${random.hex(20)}@mail.${domain}>`,
    SenderMailFromAddress: mail.from,
    SenderFromAddress: mail.from,
    SenderDisplayName: mail.displayName,
    SenderObjectId: inside ? random.guid() : null,
    SenderMailFromDomain: domain,
    SenderFromDomain: domain,
    SenderIPv4: mail.senderIp,
    SenderIPv6: null,
    RecipientEmailAddress: mail.to.mail,
    RecipientObjectId: mail.to.objectId,
    Subject: mail.subject,
    EmailClusterId: random.int(1e8, 4_294_967_295),
    EmailDirection: inside ? 'Intra-org' : 'Inbound',
    DeliveryAction: 'Delivered',
    DeliveryLocation: 'Inbox/folder',
    ThreatTypes: mail.threatTypes ?? null,
    ThreatNames: null,
    DetectionMethods: mail.detectionMethods ?? null,
    ConfidenceLevel: null,
    BulkComplaintLevel: random.chance(0.3) ? random.int(0, 7) : null,
    ...empty('EmailAction', 'EmailActionPolicy', 'EmailActionPolicyGuid'),
    AuthenticationDetails: JSON.stringify({ SPF: verdict, DKIM: verdict, DMARC: verdict, CompAuth: verdict }),
    AttachmentCount: mail.attachments ?? 0,
    UrlCount: mail.urls,
    EmailLanguage: random.pick(['en', 'de', 'da', 'ja', 'fr']),
    ...empty('Connectors', 'OrgLevelAction', 'OrgLevelPolicy', 'UserLevelAction', 'UserLevelPolicy'),
    ReportId: `${mail.networkMessageId}-${random.int(1e9, 9e14)}${random.int(1000, 9999)}-1`,
    AdditionalFields: null,
    ...empty('ExchangeTransportRule', 'DistributionList', 'ForwardingInformation', 'Context'),
    To: [mail.to.mail],
    Cc: [],
    ThreatClassification: null,
    RecipientDomain: DOMAIN,
    EmailSize: random.int(4000, 900_000),
    IsFirstContact: mail.firstContact ?? false,
  };
}

const EVERYDAY = [
  ['ordre@havnia.example', 'Havnia Ordre', 'Ordrebekræftelse på anker og kæde'],
  ['noreply@kartenwerk.example', 'Kartenwerk Küste', 'Neue Seekarten für die Ostsee'],
  [`dimitra.pappa@${DOMAIN}`, 'Δήμητρα Παππά', 'Λίστα φορτίου – Re: manifest'],
  [`yui.tanaka@${DOMAIN}`, '田中 結衣', '来週の会議について'],
  ['rederi@fjordlinje.example', 'Fjordlinje Rederi', 'Re: delivery to pier 7, Tuesday 06:00'],
] as const;

export const emailEvents: Table = {
  name: 'EmailEvents',
  share: 50,
  everyday(world, at) {
    const { random, company } = world;
    const [from, displayName, subject] = random.pick(EVERYDAY);
    return mailReceived(world, at, {
      networkMessageId: random.guid(),
      from,
      displayName,
      senderIp: `198.51.100.${random.int(1, 254)}`,
      to: random.pick(company.users),
      subject,
      urls: random.int(0, 16),
    });
  },
};
