/** Rows of the table CloudAppEvents. */
import type { Columns } from '../columns.ts';
import { DOMAIN, type User } from '../company.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';
import type { World } from '../world.ts';

export interface CloudActivity {
  readonly user: User;
  readonly application: 'Microsoft Exchange Online' | 'Microsoft SharePoint Online' | 'Microsoft Teams';
  readonly actionType: string;
  readonly ip: string;
  readonly countryCode: string;
  readonly city: string;
  readonly isp: string;
  readonly objectName: string;
  readonly rawEventData: Columns;
  readonly uncommon?: readonly string[];
}

const APPLICATION_IDS = {
  'Microsoft Exchange Online': 20_893,
  'Microsoft SharePoint Online': 20_892,
  'Microsoft Teams': 28_375,
} as const;

export function cloudActivity(world: World, at: number, facts: CloudActivity): Columns {
  const { random } = world;
  const { user } = facts;
  const id = APPLICATION_IDS[facts.application];
  return {
    Timestamp: timestamp(at, random, 3),
    ActionType: facts.actionType,
    Application: facts.application,
    ApplicationId: id,
    AppInstanceId: 0,
    AccountObjectId: user.objectId,
    AccountId: user.objectId,
    AccountDisplayName: user.displayName,
    IsAdminOperation: false,
    DeviceType: random.chance(0.5) ? 'Desktop' : null,
    OSPlatform: random.chance(0.5) ? 'Windows 11' : null,
    IPAddress: facts.ip,
    IsAnonymousProxy: facts.uncommon?.includes('ISP') ?? false,
    CountryCode: facts.countryCode,
    City: facts.city,
    ISP: facts.isp,
    UserAgent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36 Edg/139.0',
    ActivityType: 'Basic',
    ActivityObjects: [
      {
        Type: 'User',
        Role: 'Actor',
        Name: user.displayName,
        Id: user.objectId,
        ApplicationId: id,
        ApplicationInstance: 0,
      },
      {
        Type: 'File',
        Role: 'Target object',
        Name: facts.objectName,
        Id: random.guid(),
        ApplicationId: id,
        ApplicationInstance: 0,
      },
    ],
    ObjectName: facts.objectName,
    ObjectType: 'File',
    ObjectId: random.guid(),
    AccountType: 'Regular',
    IsExternalUser: false,
    IsImpersonated: false,
    IPTags: facts.uncommon === undefined ? [] : ['Anonymous proxy'],
    IPCategory: facts.uncommon === undefined ? null : 'Risky',
    UserAgentTags: null,
    RawEventData: {
      CreationTime: new Date(at).toISOString().slice(0, 19),
      Id: random.guid(),
      Operation: facts.actionType,
      OrganizationId: world.company.tenantId,
      RecordType: random.int(1, 60),
      UserKey: random.hex(16),
      UserType: 0,
      Version: 1,
      Workload: facts.application.split(' ')[1] ?? '',
      ClientIP: facts.ip,
      UserId: user.upn,
      ...facts.rawEventData,
    },
    UncommonForUser: facts.uncommon ?? [],
    LastSeenForUser: {
      ActionType: 0,
      ISP: facts.uncommon === undefined ? 0 : -1,
      IPAddress: 0,
      Application: 0,
    },
    SessionData: null,
    AuditSource: 'Defender for Cloud Apps app connector',
    OAuthAppId: null,
    AdditionalFields: random.chance(0.2) ? {} : { IsSatelliteProvider: false },
    ReportId: `${random.hex(64)}_${id}`,
  };
}

const FILES = [
  'Einkauf/Preisliste Ærø.xlsx',
  'Skibe/Manifest 2026-11.docx',
  'HR/Urlaubsplan.xlsx',
  '倉庫/在庫.xlsx',
] as const;

export const cloudAppEvents: Table = {
  name: 'CloudAppEvents',
  share: 60,
  everyday(world, at) {
    const { random, company } = world;
    const objectName = random.pick(FILES);
    return cloudActivity(world, at, {
      user: random.pick(company.users),
      application: random.pick([
        'Microsoft SharePoint Online',
        'Microsoft SharePoint Online',
        'Microsoft Teams',
      ]),
      actionType: random.pick(['FileAccessed', 'FileModified', 'FilePreviewed', 'FileSyncDownloadedFull']),
      ip: '203.0.113.40',
      countryCode: 'DK',
      city: 'svendborg',
      isp: 'Sydfyns Fibernet',
      objectName,
      rawEventData: {
        SiteUrl: `https://kestrelmarine.sharepoint.example/sites/${objectName.split('/')[0] ?? ''}/`,
        SourceFileName: objectName.split('/')[1] ?? '',
        AuthenticationType: 'OAuth',
        EventSource: 'SharePoint',
        HighPriorityMediaProcessing: false,
        ListItemUniqueId: random.guid(),
        ApplicationDisplayName: `Office på nettet (${DOMAIN})`,
      },
    });
  },
};
