/** Columns that tenants have and Microsoft's reference does not list, each with where it was seen. Written by hand. */
import type { KustoType } from './types.ts';

/** Columns of several tables, and where they were seen. */
export interface SeenColumns {
  readonly where: string;
  readonly tables: Readonly<Record<string, Readonly<Record<string, KustoType>>>>;
}

const MACHINE_GROUP = { MachineGroup: 'string' } as const;

/**
 * Names and types only. A column may stay here when a later reference lists it too; if the types differ, the type here wins,
 * because a live tenant has it.
 */
export const SEEN: readonly SeenColumns[] = [
  {
    where:
      'rows of the stream: the sample in the README of the Splunk add-on TA-microsoft-365-defender-advanced-hunting (2021), and live tenants of 2026',
    tables: {
      AlertEvidence: MACHINE_GROUP,
      AlertInfo: MACHINE_GROUP,
      DeviceEvents: MACHINE_GROUP,
      DeviceFileCertificateInfo: MACHINE_GROUP,
      DeviceFileEvents: MACHINE_GROUP,
      DeviceImageLoadEvents: MACHINE_GROUP,
      DeviceInfo: MACHINE_GROUP,
      DeviceLogonEvents: MACHINE_GROUP,
      DeviceNetworkEvents: MACHINE_GROUP,
      DeviceNetworkInfo: MACHINE_GROUP,
      DeviceProcessEvents: MACHINE_GROUP,
      DeviceRegistryEvents: MACHINE_GROUP,
    },
  },
  {
    where:
      'the result of getschema of a live tenant, published on GitHub as "Microsoft Defender XDR - Complete Schema Reference (From Tenant)", 2026-05-07',
    tables: {
      AlertEvidence: { SentinelWorkspaceIds: 'string' },
      AlertInfo: { SentinelWorkspaceIds: 'string' },
      CloudAppEvents: { ISP: 'string' },
      CloudAuditEvents: {
        AuditSource: 'string',
        AzureResourceId: 'string',
        AwsResourceName: 'string',
        GcpFullResourceName: 'string',
        Account: 'string',
        ISP: 'string',
      },
      CloudDnsEvents: { ProcessId: 'string', EventType: 'string', EventSubType: 'string' },
      CloudStorageAggregatedEvents: {
        AccountTenantId: 'string',
        AccountType: 'string',
        IPAddress: 'string',
        Md5Hashes: 'dynamic',
      },
      EmailAttachmentInfo: { FileExtension: 'string' },
      EmailEvents: {
        ExchangeTransportRule: 'string',
        DistributionList: 'string',
        ForwardingInformation: 'string',
        Context: 'string',
        To: 'dynamic',
        Cc: 'dynamic',
        ThreatClassification: 'string',
        RecipientDomain: 'string',
        EmailSize: 'long',
        IsFirstContact: 'bool',
      },
      EmailPostDeliveryEvents: { SenderFromAddress: 'string', EmailDirection: 'string' },
      EmailUrlInfo: { UrlChainId: 'string', UrlChainPosition: 'int' },
      EntraIdSignInEvents: {
        TokenIssuerType: 'string',
        RiskLevelDuringSignIn: 'int',
        RiskEventTypes: 'string',
        GatewayJA4: 'string',
        IsSignInThroughGlobalSecureAccess: 'bool',
      },
      EntraIdSpnSignInEvents: {
        IsConfidentialClient: 'bool',
        GatewayJA4: 'string',
        SessionId: 'string',
        UserAgent: 'string',
        UniqueTokenId: 'string',
      },
      GraphAPIAuditEvents: { ReportId: 'string', IpAddress: 'string' },
      IdentityAccountInfo: {
        AuthenticationSourceAccountId: 'string',
        SourceProviderRiskLevel: 'string',
        SourceProviderRiskLevelDetails: 'string',
      },
      IdentityInfo: {
        IdentityId: 'string',
        SourceProvider: 'string',
        RiskScore: 'int',
        RiskScoreUpdateTime: 'datetime',
      },
      IdentityLogonEvents: { ISP: 'string', UncommonForUser: 'dynamic', LastSeenForUser: 'dynamic' },
      MessageEvents: {
        LastEditedTime: 'datetime',
        ThreadName: 'string',
        ThreadType: 'string',
        ThreadSubType: 'string',
        MessageType: 'string',
        MessageSubtype: 'string',
        Subject: 'string',
        SafetyTip: 'string',
      },
      MessagePostDeliveryEvents: { SafetyTip: 'string' },
      UrlClickEvents: { AppName: 'string', AppVersion: 'string', SourceId: 'string' },
    },
  },
];
