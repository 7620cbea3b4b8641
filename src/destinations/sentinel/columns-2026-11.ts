/** Made by scripts/sentinel-columns.ts; never changed: data collection rules were made from it. */
import type { EditionTables } from './stream-type.ts';

export const COLUMNS_2026_11: EditionTables = {
  AgentsInfo: {
    datetime: 'Timestamp CreatedDateTime LastPublishedDateTime LastUpdatedDateTime',
    string:
      'AgentId AgentName Platform AgentDescription Version SourceAgentId EntraAgentId EntraBlueprintId PublishedStatus LifecycleStatus Availability Instructions Model',
    dynamic:
      'ToolsAuthenticationType Permissions Owners SharedWith Channels Capabilities DeclaredDataSources DeclaredTools McpServers Skills ConnectedAgents Memory Triggers Guardrails Endpoints ObservabilityId RawAgentInfo',
    int: 'InstanceCount',
  },
  AlertEvidence: {
    datetime: 'Timestamp',
    string:
      'AlertId Title Categories AttackTechniques ServiceSource DetectionSource EntityType EvidenceRole EvidenceDirection FileName FolderPath SHA1 SHA256 ThreatFamily RemoteIP RemoteUrl AccountName AccountDomain AccountSid AccountObjectId AccountUpn DeviceId DeviceName LocalIP NetworkMessageId EmailSubject Application OAuthApplicationId ProcessCommandLine RegistryKey RegistryValueName RegistryValueData AdditionalFields Severity CloudResource CloudPlatform ResourceType ResourceID SubscriptionId MachineGroup SentinelWorkspaceIds',
    long: 'FileSize',
    int: 'ApplicationId',
  },
  AlertInfo: {
    datetime: 'Timestamp',
    string:
      'AlertId Title Category Severity ServiceSource DetectionSource AttackTechniques MachineGroup SentinelWorkspaceIds',
  },
  BehaviorEntities: {
    datetime: 'Timestamp',
    string:
      'BehaviorId ActionType Categories ServiceSource DetectionSource DataSources EntityType EntityRole DetailedEntityRole FileName FolderPath SHA1 SHA256 ThreatFamily RemoteIP RemoteUrl AccountName AccountDomain AccountSid AccountObjectId AccountUpn DeviceId DeviceName LocalIP NetworkMessageId EmailSubject EmailClusterId Application OAuthApplicationId ProcessCommandLine RegistryKey RegistryValueName RegistryValueData AdditionalFields',
    long: 'FileSize',
    int: 'ApplicationId',
  },
  BehaviorInfo: {
    datetime: 'Timestamp StartTime EndTime',
    string:
      'BehaviorId ActionType Description Categories AttackTechniques ServiceSource DetectionSource DataSources DeviceId AccountUpn AccountObjectId AdditionalFields',
  },
  CallActivityEvents: {
    datetime: 'ActivityTimestamp',
    string:
      'CallId ActivityId ActivityInitiatorId ActivityType ThreadId ActivityInitiatorUpn ActivityInitiatorDisplayName CallSchedulingType CallJoinUrl OriginatorUserDisplayName OriginatorUpn',
  },
  CampaignInfo: {
    datetime: 'Timestamp',
    string:
      'CampaignName CampaignId CampaignType CampaignSubtype NetworkMessageId RecipientEmailAddress ReportId',
  },
  CloudAppEvents: {
    datetime: 'Timestamp',
    string:
      'ActionType Application AccountObjectId AccountId AccountDisplayName DeviceType OSPlatform IPAddress CountryCode City Isp UserAgent ActivityType ObjectName ObjectType ObjectId ReportId AccountType IPCategory AuditSource OAuthAppId ISP',
    int: 'ApplicationId AppInstanceId',
    boolean: 'IsAdminOperation IsAnonymousProxy IsExternalUser IsImpersonated',
    dynamic:
      'ActivityObjects IPTags UserAgentTags RawEventData AdditionalFields LastSeenForUser UncommonForUser SessionData',
  },
  CloudAuditEvents: {
    datetime: 'Timestamp',
    string:
      'ReportId DataSource ActionType OperationName ResourceId IPAddress CountryCode City Isp UserAgent AuditSource AzureResourceId AwsResourceName GcpFullResourceName Account ISP',
    boolean: 'IsAnonymousProxy',
    dynamic: 'RawEventData AdditionalFields',
  },
  CloudDnsEvents: {
    datetime: 'Timestamp',
    string:
      'ReportId ActionType AzureResourceId AwsResourceName GcpFullResourceName KubernetesResource KubernetesNamespace KubernetesPodName ContainerName ContainerId ImageName ProcessName ProcessId DnsEventType DnsEventSubType DnsQuery DnsQueryTypeName DnsResponseCodeName TransactionIdHex ImageDigest Region HostName EventType EventSubType',
    long: 'DnsNetworkDuration',
    dynamic: 'AdditionalFields',
  },
  CloudPolicyEnforcementEvents: {
    datetime: 'Timestamp',
    string:
      'ReportId DataSource SubscriptionId ActionType AzureResourceId AwsResourceName GcpFullResourceName Region ResourceKind ResourceName KubernetesNamespace Reason AdditionalFields',
  },
  CloudProcessEvents: {
    datetime: 'Timestamp ProcessCreationTime',
    string:
      'AzureResourceId AwsResourceName GcpFullResourceName ContainerImageName KubernetesNamespace KubernetesPodName KubernetesResource ContainerName ContainerId ActionType FileName FolderPath ProcessName ParentProcessName ParentProcessId ProcessCommandLine ProcessCurrentWorkingDirectory AccountName InitiatingProcessId AdditionalFields',
    long: 'ProcessId LogonId',
  },
  CloudStorageAggregatedEvents: {
    datetime:
      'DataAggregationStartTime DataAggregationEndTime FirstEventTimestamp LastEventTimestamp Timestamp',
    string:
      'DataSource SubscriptionId ResourceGroup StorageAccount StorageContainer StorageFileShare ServiceType IpAddress UserAgentHeader AuthenticationType AccountObjectId AccountTenantId AccountApplicationId AccountUpn AccountType CountryName CityName ProvinceName ClientSystemServiceName ClientCloudPlatformName SuspiciousUserAgentName AzureResourceId Location ReportId ActionType IPAddress',
    dynamic: 'OperationNamesList HashReputationMd5List AdditionalFields Md5Hashes',
    int: 'OperationsCount SuccessfulOperationsCount FailedOperationsCount TotalResponseLength SuccessfulReadOperations DistinctGetOperations AnonymousSuccessfulOperations',
    boolean: 'HasAnonymousResourceNotFoundFailures IsTorExitNode IsKnownSuspiciousIp IsPrivateIp',
  },
  DataSecurityBehaviors: {
    datetime: 'Timestamp StartTime EndTime',
    string:
      'BehaviorId ActionType AttackTechniques Categories ActionCategory Description ServiceSource DetectionSource AccountUpn AccountEmail Application',
    int: 'ActivityCount',
    boolean: 'IsAnomalous IsContentHidden',
    dynamic:
      'DeviceInfo SensitivityLabelInfo SensitiveInfoTypesInfo UrlDomainInfo SharepointSiteInfo RecipientEmailInfo RemovableMediaInfo PrinterName PriorityContentMatchInfo',
  },
  DataSecurityEvents: {
    string:
      'ApplicationNames DeviceId DeviceName AadDeviceId DlpPolicyMatchInfo FileRenameInfo PhysicalAccessPointId PhysicalAccessPointName PhysicalAccessStatus PhysicalAssetTag RemovableMediaManufacturer RemovableMediaModel RemovableMediaSerialNumber TeamsChannelName TeamsChannelType TeamsTeamName UserAlternateEmails AccountUpn AccountObjectId Department SourceCodeInfo IPAddress UnallowedUrlDomains ExternalUrlDomains UrlDomainInfo SourceUrlDomain TargetUrlDomain InternetMessageId NetworkMessageId EmailSubject ObjectId ObjectName ObjectType ActivityId ActionType SensitivityLabelId SharepointSiteSensitivityLabelIds PreviousSensitivityLabelId Operation RecipientEmailAddress SiteUrl SourceRelativeUrl TargetFilePath PrinterName Workload IrmActionCategory SequenceCorrelationId CloudAppAlertId',
    boolean: 'IsManagedDevice IsHidden',
    int: 'DlpPolicyEnforcementMode DeviceSourceLocationType DeviceDestinationLocationType EmailAttachmentCount ObjectSize',
    dynamic:
      'DlpPolicyRuleMatchInfo CcPolicyMatchInfo IrmPolicyMatchInfo EmailAttachmentInfo SensitiveInfoTypeInfo',
    datetime: 'Timestamp',
  },
  DeviceEvents: {
    datetime:
      'Timestamp ProcessCreationTime InitiatingProcessCreationTime InitiatingProcessParentCreationTime',
    string:
      'DeviceId DeviceName ActionType FileName FolderPath SHA1 SHA256 MD5 AccountDomain AccountName AccountSid RemoteUrl RemoteDeviceName ProcessCommandLine ProcessTokenElevation RegistryKey RegistryValueName RegistryValueData RemoteIP LocalIP FileOriginUrl FileOriginIP InitiatingProcessSHA1 InitiatingProcessSHA256 InitiatingProcessMD5 InitiatingProcessFileName InitiatingProcessFolderPath InitiatingProcessCommandLine InitiatingProcessAccountDomain InitiatingProcessAccountName InitiatingProcessAccountSid InitiatingProcessAccountUpn InitiatingProcessAccountObjectId InitiatingProcessVersionInfoCompanyName InitiatingProcessVersionInfoProductName InitiatingProcessVersionInfoProductVersion InitiatingProcessVersionInfoInternalFileName InitiatingProcessVersionInfoOriginalFileName InitiatingProcessVersionInfoFileDescription InitiatingProcessParentFileName AppGuardContainerId AdditionalFields InitiatingProcessRemoteSessionDeviceName InitiatingProcessRemoteSessionIP ProcessRemoteSessionDeviceName ProcessRemoteSessionIP ProcessUniqueId InitiatingProcessUniqueId MachineGroup',
    long: 'FileSize ProcessId LogonId InitiatingProcessFileSize InitiatingProcessId InitiatingProcessParentId InitiatingProcessLogonId ReportId InitiatingProcessSessionId CreatedProcessSessionId',
    int: 'RemotePort LocalPort',
    boolean: 'IsInitiatingProcessRemoteSession IsProcessRemoteSession',
  },
  DeviceFileCertificateInfo: {
    datetime: 'Timestamp CertificateCreationTime CertificateExpirationTime CertificateCountersignatureTime',
    string:
      'DeviceId DeviceName SHA1 SignatureType Signer SignerHash Issuer IssuerHash CertificateSerialNumber CrlDistributionPointUrls MachineGroup',
    boolean: 'IsSigned IsTrusted IsRootSignerMicrosoft',
    long: 'ReportId',
  },
  DeviceFileEvents: {
    datetime: 'Timestamp InitiatingProcessCreationTime InitiatingProcessParentCreationTime',
    string:
      'DeviceId DeviceName ActionType FileName FolderPath SHA1 SHA256 MD5 FileOriginUrl FileOriginReferrerUrl FileOriginIP PreviousFolderPath PreviousFileName InitiatingProcessAccountDomain InitiatingProcessAccountName InitiatingProcessAccountSid InitiatingProcessAccountUpn InitiatingProcessAccountObjectId InitiatingProcessMD5 InitiatingProcessSHA1 InitiatingProcessSHA256 InitiatingProcessFolderPath InitiatingProcessFileName InitiatingProcessVersionInfoCompanyName InitiatingProcessVersionInfoProductName InitiatingProcessVersionInfoProductVersion InitiatingProcessVersionInfoInternalFileName InitiatingProcessVersionInfoOriginalFileName InitiatingProcessVersionInfoFileDescription InitiatingProcessCommandLine InitiatingProcessIntegrityLevel InitiatingProcessTokenElevation InitiatingProcessParentFileName RequestProtocol RequestSourceIP RequestAccountName RequestAccountDomain RequestAccountSid ShareName SensitivityLabel SensitivitySubLabel AppGuardContainerId AdditionalFields InitiatingProcessRemoteSessionDeviceName InitiatingProcessRemoteSessionIP ProcessUniqueId InitiatingProcessUniqueId MachineGroup',
    long: 'FileSize InitiatingProcessFileSize InitiatingProcessId InitiatingProcessParentId ReportId InitiatingProcessSessionId',
    int: 'RequestSourcePort',
    boolean: 'IsAzureInfoProtectionApplied IsInitiatingProcessRemoteSession',
  },
  DeviceImageLoadEvents: {
    datetime: 'Timestamp InitiatingProcessCreationTime InitiatingProcessParentCreationTime',
    string:
      'DeviceId DeviceName ActionType FileName FolderPath SHA1 SHA256 MD5 InitiatingProcessAccountDomain InitiatingProcessAccountName InitiatingProcessAccountSid InitiatingProcessAccountUpn InitiatingProcessAccountObjectId InitiatingProcessIntegrityLevel InitiatingProcessTokenElevation InitiatingProcessSHA1 InitiatingProcessSHA256 InitiatingProcessMD5 InitiatingProcessFileName InitiatingProcessVersionInfoCompanyName InitiatingProcessVersionInfoProductName InitiatingProcessVersionInfoProductVersion InitiatingProcessVersionInfoInternalFileName InitiatingProcessVersionInfoOriginalFileName InitiatingProcessVersionInfoFileDescription InitiatingProcessCommandLine InitiatingProcessFolderPath InitiatingProcessParentFileName AppGuardContainerId InitiatingProcessRemoteSessionDeviceName InitiatingProcessRemoteSessionIP ProcessUniqueId InitiatingProcessUniqueId MachineGroup',
    long: 'FileSize InitiatingProcessFileSize InitiatingProcessId InitiatingProcessParentId ReportId InitiatingProcessSessionId',
    boolean: 'IsInitiatingProcessRemoteSession',
  },
  DeviceInfo: {
    datetime: 'Timestamp',
    string:
      'DeviceId DeviceName ClientVersion PublicIP OSArchitecture OSPlatform JoinType AadDeviceId LoggedOnUsers RegistryDeviceTag OSVersion MachineGroup OnboardingStatus AdditionalFields DeviceCategory DeviceType DeviceSubtype Model Vendor OSDistribution OSVersionInfo MergedDeviceIds MergedToDeviceId SensorHealthState ExclusionReason ExposureLevel AssetValue DeviceManualTags DeviceDynamicTags ConnectivityType HostDeviceId AzureResourceId AwsResourceName GcpFullResourceName HardwareUuid CloudPlatforms AzureVmId AzureVmSubscriptionId OsBuildRevision MitigationStatus Site DiscoverySources',
    long: 'OSBuild ReportId',
    boolean: 'IsAzureADJoined IsInternetFacing IsExcluded IsTransient',
  },
  DeviceLogonEvents: {
    datetime: 'Timestamp InitiatingProcessCreationTime InitiatingProcessParentCreationTime',
    string:
      'DeviceId DeviceName ActionType LogonType AccountDomain AccountName AccountSid Protocol FailureReason RemoteDeviceName RemoteIP RemoteIPType InitiatingProcessAccountDomain InitiatingProcessAccountName InitiatingProcessAccountSid InitiatingProcessAccountUpn InitiatingProcessAccountObjectId InitiatingProcessIntegrityLevel InitiatingProcessTokenElevation InitiatingProcessSHA1 InitiatingProcessSHA256 InitiatingProcessMD5 InitiatingProcessFileName InitiatingProcessVersionInfoCompanyName InitiatingProcessVersionInfoProductName InitiatingProcessVersionInfoProductVersion InitiatingProcessVersionInfoInternalFileName InitiatingProcessVersionInfoOriginalFileName InitiatingProcessVersionInfoFileDescription InitiatingProcessCommandLine InitiatingProcessFolderPath InitiatingProcessParentFileName AppGuardContainerId AdditionalFields InitiatingProcessRemoteSessionDeviceName InitiatingProcessRemoteSessionIP ProcessUniqueId InitiatingProcessUniqueId MachineGroup',
    boolean: 'IsLocalAdmin IsInitiatingProcessRemoteSession',
    long: 'LogonId InitiatingProcessFileSize InitiatingProcessId InitiatingProcessParentId ReportId InitiatingProcessSessionId',
    int: 'RemotePort',
  },
  DeviceNetworkEvents: {
    datetime: 'Timestamp InitiatingProcessCreationTime InitiatingProcessParentCreationTime',
    string:
      'DeviceId DeviceName ActionType RemoteIP RemoteUrl LocalIP Protocol LocalIPType RemoteIPType InitiatingProcessSHA1 InitiatingProcessSHA256 InitiatingProcessMD5 InitiatingProcessFileName InitiatingProcessVersionInfoCompanyName InitiatingProcessVersionInfoProductName InitiatingProcessVersionInfoProductVersion InitiatingProcessVersionInfoInternalFileName InitiatingProcessVersionInfoOriginalFileName InitiatingProcessVersionInfoFileDescription InitiatingProcessCommandLine InitiatingProcessFolderPath InitiatingProcessParentFileName InitiatingProcessAccountDomain InitiatingProcessAccountName InitiatingProcessAccountSid InitiatingProcessAccountUpn InitiatingProcessAccountObjectId InitiatingProcessIntegrityLevel InitiatingProcessTokenElevation AppGuardContainerId AdditionalFields InitiatingProcessRemoteSessionDeviceName InitiatingProcessRemoteSessionIP ProcessUniqueId InitiatingProcessUniqueId MachineGroup',
    int: 'RemotePort LocalPort',
    long: 'InitiatingProcessFileSize InitiatingProcessId InitiatingProcessParentId ReportId InitiatingProcessSessionId',
    boolean: 'IsInitiatingProcessRemoteSession',
  },
  DeviceNetworkInfo: {
    datetime: 'Timestamp',
    string:
      'DeviceId DeviceName NetworkAdapterName MacAddress NetworkAdapterType NetworkAdapterStatus TunnelType ConnectedNetworks DnsAddresses IPv4Dhcp IPv6Dhcp DefaultGateways IPAddresses NetworkAdapterVendor OnboardingStatus NetworkAdapterDnsSuffix MachineGroup',
    long: 'ReportId',
  },
  DeviceProcessEvents: {
    datetime:
      'Timestamp ProcessCreationTime InitiatingProcessCreationTime InitiatingProcessParentCreationTime',
    string:
      'DeviceId DeviceName ActionType FileName FolderPath SHA1 SHA256 MD5 ProcessVersionInfoCompanyName ProcessVersionInfoProductName ProcessVersionInfoProductVersion ProcessVersionInfoInternalFileName ProcessVersionInfoOriginalFileName ProcessVersionInfoFileDescription ProcessCommandLine ProcessIntegrityLevel ProcessTokenElevation AccountDomain AccountName AccountSid AccountUpn AccountObjectId InitiatingProcessAccountDomain InitiatingProcessAccountName InitiatingProcessAccountSid InitiatingProcessAccountUpn InitiatingProcessAccountObjectId InitiatingProcessIntegrityLevel InitiatingProcessTokenElevation InitiatingProcessSHA1 InitiatingProcessSHA256 InitiatingProcessMD5 InitiatingProcessFileName InitiatingProcessVersionInfoCompanyName InitiatingProcessVersionInfoProductName InitiatingProcessVersionInfoProductVersion InitiatingProcessVersionInfoInternalFileName InitiatingProcessVersionInfoOriginalFileName InitiatingProcessVersionInfoFileDescription InitiatingProcessCommandLine InitiatingProcessFolderPath InitiatingProcessParentFileName InitiatingProcessSignerType InitiatingProcessSignatureStatus AppGuardContainerId AdditionalFields InitiatingProcessRemoteSessionDeviceName InitiatingProcessRemoteSessionIP ProcessRemoteSessionDeviceName ProcessRemoteSessionIP ProcessUniqueId InitiatingProcessUniqueId MachineGroup',
    long: 'FileSize ProcessId LogonId InitiatingProcessLogonId InitiatingProcessFileSize InitiatingProcessId InitiatingProcessParentId ReportId InitiatingProcessSessionId CreatedProcessSessionId',
    boolean: 'IsInitiatingProcessRemoteSession IsProcessRemoteSession',
  },
  DeviceRegistryEvents: {
    datetime: 'Timestamp InitiatingProcessCreationTime InitiatingProcessParentCreationTime',
    string:
      'DeviceId DeviceName ActionType RegistryKey RegistryValueType RegistryValueName RegistryValueData PreviousRegistryKey PreviousRegistryValueName PreviousRegistryValueData InitiatingProcessAccountDomain InitiatingProcessAccountName InitiatingProcessAccountSid InitiatingProcessAccountUpn InitiatingProcessAccountObjectId InitiatingProcessSHA1 InitiatingProcessSHA256 InitiatingProcessMD5 InitiatingProcessFileName InitiatingProcessVersionInfoCompanyName InitiatingProcessVersionInfoProductName InitiatingProcessVersionInfoProductVersion InitiatingProcessVersionInfoInternalFileName InitiatingProcessVersionInfoOriginalFileName InitiatingProcessVersionInfoFileDescription InitiatingProcessCommandLine InitiatingProcessFolderPath InitiatingProcessParentFileName InitiatingProcessIntegrityLevel InitiatingProcessTokenElevation AppGuardContainerId InitiatingProcessRemoteSessionDeviceName InitiatingProcessRemoteSessionIP ProcessUniqueId InitiatingProcessUniqueId MachineGroup',
    long: 'InitiatingProcessFileSize InitiatingProcessId InitiatingProcessParentId ReportId InitiatingProcessSessionId',
    boolean: 'IsInitiatingProcessRemoteSession',
  },
  DisruptionAndResponseEvents: {
    datetime: 'Timestamp',
    string:
      'ActionType DeviceId SourceDeviceId TargetDeviceId TargetDeviceName TargetDomainName DeviceName DomainName InitiatingProcessFileName SourceUserSid SourceUserName SourceUserDomainName SourceIPAddress IPAddress Port SourceDeviceName SourceDomainName AuthenticationProtocol Service InterfaceUuidSourceDomainName InterfaceFriendlyName FileName ShareName LogonType PolicyId PolicyName PolicyVersion PolicyHash ReportType',
    int: 'InitiatingProcessId SourcePort CompromisedAccountCount',
    long: 'LogonId SessionId',
    dynamic: 'DataSources',
    boolean: 'IsPolicyOn',
  },
  EmailAttachmentInfo: {
    datetime: 'Timestamp',
    string:
      'NetworkMessageId SenderFromAddress SenderDisplayName SenderObjectId RecipientEmailAddress RecipientObjectId FileName FileType SHA256 ThreatTypes ThreatNames DetectionMethods ReportId FileExtension',
    long: 'FileSize',
  },
  EmailEvents: {
    datetime: 'Timestamp',
    string:
      'NetworkMessageId InternetMessageId SenderMailFromAddress SenderFromAddress SenderDisplayName SenderObjectId SenderMailFromDomain SenderFromDomain SenderIPv4 SenderIPv6 RecipientEmailAddress RecipientObjectId Subject EmailDirection DeliveryAction DeliveryLocation ThreatTypes ThreatNames DetectionMethods ConfidenceLevel EmailAction EmailActionPolicy EmailActionPolicyGuid AuthenticationDetails EmailLanguage Connectors OrgLevelAction OrgLevelPolicy UserLevelAction UserLevelPolicy ReportId AdditionalFields ExchangeTransportRule DistributionList ForwardingInformation Context ThreatClassification RecipientDomain',
    long: 'EmailClusterId EmailSize',
    int: 'BulkComplaintLevel AttachmentCount UrlCount',
    dynamic: 'To Cc',
    boolean: 'IsFirstContact',
  },
  EmailPostDeliveryEvents: {
    datetime: 'Timestamp',
    string:
      'NetworkMessageId InternetMessageId Action ActionType ActionTrigger ActionResult RecipientEmailAddress DeliveryLocation ThreatTypes DetectionMethods ReportId SenderFromAddress EmailDirection',
  },
  EmailUrlInfo: {
    datetime: 'Timestamp',
    string: 'NetworkMessageId Url UrlDomain UrlLocation ReportId UrlChainId',
    int: 'UrlChainPosition',
  },
  EntraIdSignInEvents: {
    datetime: 'Timestamp LastPasswordChangeTimestamp',
    string:
      'Application ApplicationId LogonType CorrelationId SessionId AccountDisplayName AccountObjectId AccountUpn AlternateSignInName ResourceDisplayName ResourceId ResourceTenantId DeviceName EntraIdDeviceId OSPlatform DeviceTrustType AuthenticationProcessingDetails AuthenticationRequirement TokenIssuerType UserAgent ClientAppUsed Browser ConditionalAccessPolicies IPAddress Country State City Latitude Longitude NetworkLocationDetails RequestId ReportId EndpointCall UniqueTokenId RiskEventTypes GatewayJA4',
    int: 'ErrorCode IsExternalUser IsManaged IsCompliant RiskLevelAggregated RiskDetails RiskState ConditionalAccessStatus RiskLevelDuringSignIn',
    boolean: 'IsGuestUser IsThroughGlobalSecureAccess IsSignInThroughGlobalSecureAccess',
  },
  EntraIdSpnSignInEvents: {
    datetime: 'Timestamp',
    string:
      'Application ApplicationId CorrelationId ServicePrincipalName ServicePrincipalId ResourceDisplayName ResourceId ResourceTenantId IPAddress Country State City Latitude Longitude RequestId ReportId GatewayJA4 SessionId UserAgent UniqueTokenId',
    boolean: 'IsManagedIdentity IsConfidentialClient',
    int: 'ErrorCode',
  },
  FileMaliciousContentInfo: {
    datetime: 'Timestamp LastModifiedTime FileCreationTime',
    string:
      'Workload FileName FolderPath SHA256 FileOwnerDisplayName FileOwnerUpn DocumentId ThreatNames DetectionMethods LastModifyingAccountUpn ReportId',
    long: 'FileSize',
    dynamic: 'ThreatTypes',
  },
  GraphAPIAuditEvents: {
    string:
      'IdentityProvider ApiVersion ApplicationId IPAddress ClientRequestId EntityType RequestUri AccountObjectId OperationId Location RequestDuration RequestId RequestMethod ResponseStatusCode Scopes UniqueTokenIdentifier TargetWorkload ServicePrincipalId ReportId IpAddress',
    datetime: 'Timestamp',
    int: 'ResponseSize',
  },
  IdentityAccountInfo: {
    datetime:
      'Timestamp IdentityLinkTime DefenderRiskUpdateTime LastPasswordChangeTime CreatedDateTime DeletedDateTime',
    string:
      'ReportId SourceProviderAccountId AccountId IdentityId IdentityLinkType IdentityLinkReason IdentityLinkBy DisplayName AccountUpn EmailAddress Type GivenName Surname EmployeeId Department JobTitle Address City Country Phone Manager Sid AccountStatus SourceProvider SourceProviderInstanceId SourceProviderInstanceDisplayName AuthenticationMethod AuthenticationSourceAcccountId TenantMembershipType TenantId AuthenticationSourceAccountId SourceProviderRiskLevel SourceProviderRiskLevelDetails',
    boolean: 'IsPrimary',
    int: 'CriticalityLevel DefenderRiskLevel',
    dynamic:
      'EnrolledMfas GroupMembership AssignedRoles EligibleRoles Tags SourceProvderRiskLevel AdditionalFields',
  },
  IdentityDirectoryEvents: {
    datetime: 'Timestamp',
    string:
      'ActionType Application TargetAccountUpn TargetAccountDisplayName TargetDeviceName DestinationDeviceName DestinationIPAddress Protocol AccountName AccountDomain AccountUpn AccountSid AccountObjectId AccountDisplayName DeviceName IPAddress Location ISP ReportId',
    int: 'DestinationPort Port',
    dynamic: 'AdditionalFields',
  },
  IdentityEvents: {
    datetime: 'Timestamp',
    string:
      'ReportId AccountId AccountType AccountDisplayName AccountUpn ActionType ActionResult ActionFailureReason IPAddress UserAgent Application ApplicationInstanceId ApplicationEventId ApplicationSessionId',
    dynamic: 'TargetObjects RawEventData AdditionalFields',
  },
  IdentityInfo: {
    datetime: 'Timestamp CreatedDateTime DeletedDateTime RiskScoreUpdateTime',
    string:
      'ReportId AccountObjectId AccountUpn OnPremSid AccountDisplayName AccountName AccountDomain Type DistinguishedName CloudSid GivenName Surname Department JobTitle EmailAddress SipProxyAddress Address City Country Manager Phone ChangeSource BlastRadius CompanyName EmployeeId RiskLevel RiskLevelDetails State TenantId SourceSystem OnPremObjectId TenantMembershipType RiskStatus UserAccountControl IdentityEnvironment IdentityId SourceProvider',
    int: 'CriticalityLevel RiskScore',
    boolean: 'IsAccountEnabled',
    dynamic: 'OtherMailAddresses Tags AssignedRoles PrivilegedEntraPimRoles SourceProviders GroupMembership',
  },
  IdentityLogonEvents: {
    datetime: 'Timestamp',
    string:
      'ActionType Application LogonType Protocol FailureReason AccountName AccountDomain AccountUpn AccountSid AccountObjectId AccountDisplayName DeviceName DeviceType OSPlatform IPAddress DestinationDeviceName DestinationIPAddress TargetDeviceName TargetAccountDisplayName Location Isp ReportId ISP',
    int: 'Port DestinationPort',
    dynamic: 'AdditionalFields UncommonForUser LastSeenForUser',
  },
  IdentityQueryEvents: {
    datetime: 'Timestamp',
    string:
      'ActionType Application QueryType QueryTarget Query Protocol AccountName AccountDomain AccountUpn AccountSid AccountObjectId AccountDisplayName DeviceName IPAddress DestinationDeviceName DestinationIPAddress TargetDeviceName TargetAccountUpn TargetAccountDisplayName Location ReportId',
    int: 'Port DestinationPort',
    dynamic: 'AdditionalFields',
  },
  MessageEvents: {
    datetime: 'Timestamp LastEditedTime',
    string:
      'TeamsMessageId SenderEmailAddress SenderDisplayName SenderObjectId SenderType MessageId ParentMessageId GroupId GroupName ThreadId ThreadSubtype MessageFormatType MessageFormatSubtype MessageVersion MessageSubject ThreatTypes DeliveryAction DeliveryLocation ReportId SafetyTip ThreadName ThreadType ThreadSubType MessageType MessageSubtype Subject',
    dynamic: 'RecipientDetails DetectionMethods ConfidenceLevel',
    boolean: 'IsOwnedThread IsExternalThread',
  },
  MessagePostDeliveryEvents: {
    datetime: 'Timestamp',
    string:
      'TeamsMessageId Action ActionType ActionTrigger ActionResult SenderEmailAddress ThreatTypes DetectionMethods LatestDeliveryLocation ReportId SafetyTip',
    dynamic: 'RecipientDetails ConfidenceLevel',
    boolean: 'IsExternalThread',
  },
  MessageUrlInfo: { datetime: 'Timestamp', string: 'TeamsMessageId Url UrlDomain ThreatTypes ReportId' },
  OAuthAppInfo: {
    string:
      'ReportId OAuthAppId ServicePrincipalId AppName AppStatus PrivilegeLevel AppOrigin AppOwnerTenantId',
    datetime: 'Timestamp AddedOnTime LastModifiedTime LastUsedTime',
    dynamic: 'VerifiedPublisher Permissions AssignedRoles',
    int: 'ConsentedUsersCount RiskScore',
    boolean: 'IsAdminConsented',
  },
  UrlClickEvents: {
    datetime: 'Timestamp',
    string:
      'Url ActionType AccountUpn Workload NetworkMessageId ThreatTypes DetectionMethods IPAddress UrlChain ReportId AppName AppVersion SourceId',
    boolean: 'IsClickedThrough',
  },
};
