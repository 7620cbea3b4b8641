/**
 * The known values of ActionType by table, for warnings about names that no row has.
 *
 * Sources, read 2026-11-26: the portal's schema reference, as public copies of it have it ("ActionTypes" of each Device* table, of
 * IdentityDirectoryEvents and of UrlClickEvents); MicrosoftDocs/defender-docs, "Aggregated reporting"; `distinct ActionType` of
 * live tenants in public hunting notes, which has names that the reference lacks (`ScriptContent`, `ClrUnbackedModuleLoaded`,
 * `DnsConnectionInspected`).
 */

import { nearest } from '../../diagnostics/nearest.ts';

interface Known {
  /** Whether the list is complete: the table is about one kind of event, and Microsoft does not add names. */
  readonly complete: boolean;
  readonly names: readonly string[];
}

/** A list of words. */
function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

const KNOWN: Readonly<Record<string, Known>> = {
  DeviceProcessEvents: {
    complete: true,
    names: words('ProcessCreated ProcessCreatedAggregatedReport OpenProcess'),
  },
  DeviceImageLoadEvents: { complete: true, names: ['ImageLoaded'] },
  DeviceFileEvents: {
    complete: true,
    names: words(`FileCreated FileModified FileRenamed FileDeleted
      FileCreatedAggregatedReport FileModifiedAggregatedReport FileRenamedAggregatedReport`),
  },
  DeviceRegistryEvents: {
    complete: true,
    names: words(
      'RegistryKeyCreated RegistryKeyDeleted RegistryKeyRenamed RegistryValueDeleted RegistryValueSet',
    ),
  },
  DeviceLogonEvents: {
    complete: true,
    names: words(`LogonAttempted LogonFailed LogonSuccess
      LogonFailedAggregatedReport LogonSuccessAggregatedReport`),
  },
  UrlClickEvents: {
    complete: false,
    names: words('ClickAllowed ClickBlocked ClickBlockedByTenantPolicy UrlErrorPage UrlScanInProgress'),
  },
  DeviceNetworkEvents: {
    complete: false,
    names:
      words(`ConnectionAcknowledged ConnectionAttempt ConnectionFailed ConnectionFound ConnectionRequest ConnectionSuccess
      ConnectionFailedAggregatedReport ConnectionSuccessAggregatedReport DnsConnectionInspected FtpConnectionInspected
      HttpConnectionInspected IcmpConnectionInspected InboundConnectionAccepted InboundConnectionAttempt
      InboundInternetScanInspected ListeningConnectionCreated NetworkSignatureInspected SmtpConnectionInspected
      SshConnectionInspected SslConnectionInspected`),
  },
  DeviceEvents: {
    complete: false,
    names: words(`AccountCheckedForBlankPassword AmsiScriptDetection AntivirusDefinitionsUpdated
      AntivirusDefinitionsUpdateFailed AntivirusDetection AntivirusDetectionActionType AntivirusEmergencyUpdatesInstalled
      AntivirusError AntivirusMalwareActionFailed AntivirusMalwareBlocked AntivirusReport AntivirusScanCancelled
      AntivirusScanCompleted AntivirusScanFailed AntivirusTroubleshootModeEvent AppControlAppInstallationAudited
      AppControlAppInstallationBlocked AppControlCIScriptAudited AppControlCIScriptBlocked
      AppControlCodeIntegrityDriverRevoked AppControlCodeIntegrityImageAudited AppControlCodeIntegrityImageRevoked
      AppControlCodeIntegrityOriginAllowed AppControlCodeIntegrityOriginAudited AppControlCodeIntegrityOriginBlocked
      AppControlCodeIntegrityPolicyAudited AppControlCodeIntegrityPolicyBlocked AppControlCodeIntegrityPolicyLoaded
      AppControlCodeIntegritySigningInformation AppControlExecutableAudited AppControlExecutableBlocked
      AppControlPackagedAppAudited AppControlPackagedAppBlocked AppControlPolicyApplied AppControlScriptAudited
      AppControlScriptBlocked AppGuardBrowseToUrl AppGuardCreateContainer AppGuardLaunchedWithUrl AppGuardResumeContainer
      AppGuardStopContainer AppGuardSuspendContainer AppLockerBlockExecutable AppLockerBlockPackagedApp
      AppLockerBlockPackagedAppInstallation AppLockerBlockScript AsrAdobeReaderChildProcessAudited
      AsrAdobeReaderChildProcessBlocked AsrCustomRuleAudited AsrExecutableEmailContentAudited
      AsrExecutableEmailContentBlocked AsrExecutableOfficeContentAudited AsrExecutableOfficeContentBlocked
      AsrLsassCredentialTheftAudited AsrLsassCredentialTheftBlocked AsrObfuscatedScriptAudited AsrObfuscatedScriptBlocked
      AsrOfficeChildProcessAudited AsrOfficeChildProcessBlocked AsrOfficeCommAppChildProcessAudited
      AsrOfficeCommAppChildProcessBlocked AsrOfficeMacroWin32ApiCallsAudited AsrOfficeMacroWin32ApiCallsBlocked
      AsrOfficeProcessInjectionAudited AsrOfficeProcessInjectionBlocked AsrPersistenceThroughWmiAudited
      AsrPersistenceThroughWmiBlocked AsrPsexecWmiChildProcessAudited AsrPsexecWmiChildProcessBlocked AsrRansomwareAudited
      AsrRansomwareBlocked AsrScriptExecutableDownloadAudited AsrScriptExecutableDownloadBlocked
      AsrUntrustedExecutableAudited AsrUntrustedExecutableBlocked AsrUntrustedUsbProcessAudited
      AsrUntrustedUsbProcessBlocked AsrVulnerableSignedDriverAudited AsrVulnerableSignedDriverBlocked
      AuditPolicyModification BitLockerAuditCompleted BluetoothPolicyTriggered BrowserLaunchedToOpenUrl
      ClrUnbackedModuleLoaded ContainedUserLogonBlocked ContainedUserRemoteDesktopSessionDisconnected
      ContainedUserRemoteDesktopSessionStopped ContainedUserSmbFileOpenBlocked ControlFlowGuardViolation
      ControlledFolderAccessViolationAudited ControlledFolderAccessViolationBlocked CreateRemoteThreadApiCall
      CredentialsBackup DeviceBootAttestationInfo DirectoryServiceObjectCreated DirectoryServiceObjectModified
      DlpPocPrintJob DnsQueryRequest DnsQueryResponse DpapiAccessed DriverLoad ExploitGuardAcgAudited
      ExploitGuardAcgEnforced ExploitGuardChildProcessAudited ExploitGuardChildProcessBlocked
      ExploitGuardEafViolationAudited ExploitGuardEafViolationBlocked ExploitGuardIafViolationAudited
      ExploitGuardIafViolationBlocked ExploitGuardLowIntegrityImageAudited ExploitGuardLowIntegrityImageBlocked
      ExploitGuardNetworkProtectionAudited ExploitGuardNetworkProtectionBlocked ExploitGuardNonMicrosoftSignedAudited
      ExploitGuardNonMicrosoftSignedBlocked ExploitGuardRopExploitAudited ExploitGuardRopExploitBlocked
      ExploitGuardSharedBinaryAudited ExploitGuardSharedBinaryBlocked ExploitGuardWin32SystemCallAudited
      ExploitGuardWin32SystemCallBlocked FileTimestampModificationEvent FirewallInboundConnectionBlocked
      FirewallInboundConnectionToAppBlocked FirewallOutboundConnectionBlocked FirewallServiceStopped
      GetAsyncKeyStateApiCall GetClipboardData LdapSearch LogonRightsSettingEnabled MemoryRemoteProtect NamedPipeEvent
      NetworkProtectionUserBypassEvent NetworkShareObjectAccessChecked NetworkShareObjectAdded NetworkShareObjectDeleted
      NetworkShareObjectModified NtAllocateVirtualMemoryApiCall NtAllocateVirtualMemoryRemoteApiCall
      NtMapViewOfSectionRemoteApiCall NtProtectVirtualMemoryApiCall OpenProcessApiCall OtherAlertRelatedActivity
      PTraceDetected PasswordChangeAttempt PlistPropertyModified PnpDeviceAllowed PnpDeviceBlocked PnpDeviceConnected
      PowerShellCommand PrintJobBlocked ProcessCreatedUsingWmiQuery ProcessPrimaryTokenModified QueueUserApcRemoteApiCall
      ReadProcessMemoryApiCall RemoteDesktopConnection RemoteWmiOperation RemovableStorageFileEvent
      RemovableStoragePolicyTriggered SafeDocFileScan ScheduledTaskCreated ScheduledTaskDeleted ScheduledTaskDisabled
      ScheduledTaskEnabled ScheduledTaskUpdated ScreenshotTaken ScriptContent SecurityGroupCreated SecurityGroupDeleted
      SecurityLogCleared SensitiveFileRead ServiceInstalled SetThreadContextRemoteApiCall ShellLinkCreateFileEvent
      SmartScreenAppWarning SmartScreenExploitWarning SmartScreenUrlWarning SmartScreenUserOverride TamperingAttempt
      TvmAxonTelemetryEvent UntrustedWifiConnection UsbDriveDriveLetterChanged UsbDriveMount UsbDriveMounted UsbDriveUnmount
      UsbDriveUnmounted UserAccountAddedToLocalGroup UserAccountCreated UserAccountDeleted UserAccountModified
      UserAccountRemovedFromLocalGroup WmiBindEventFilterToConsumer WriteProcessMemoryApiCall WriteToLsassProcessMemory`),
  },
  IdentityDirectoryEvents: {
    complete: false,
    names: [
      'Account Constrained Delegation SPNs changed',
      'Account Constrained Delegation State changed',
      'Account Delegation changed',
      'Account Disabled changed',
      'Account Display Name changed',
      'Account Expiry Time changed',
      'Account Locked changed',
      'Account Name changed',
      'Account Password Never Expires changed',
      'Account Password Not Required changed',
      'Account Password changed',
      'Account Password expired',
      'Account Path changed',
      'Account Smartcard Required changed',
      'Account Supported Encryption Types changed',
      'Account Upn Name changed',
      'Account disabled',
      'Account expired',
      'Device Operating System changed',
      'Directory Service replication',
      'Group Membership changed',
      'Potential lateral movement path identified',
      'PowerShell execution',
      'Private Data retrieval',
      'SMB session',
      'Security Principal Display Name changed',
      'Security Principal Name changed',
      'Security Principal Path changed',
      'Security Principal Sam Name changed',
      'Security Principal created',
      'Security Principal deleted changed',
      'Service creation',
      'Task scheduling',
      'User Mail changed',
      'User Manager changed',
      'User Phone Number changed',
      'User Title changed',
      'Wmi execution',
    ],
  },
};

/** The known ActionTypes of one table. */
export interface ActionTypes {
  readonly complete: boolean;
  readonly names: ReadonlyMap<string, string>;
}

const byTable: ReadonlyMap<string, ActionTypes> = new Map(
  Object.entries(KNOWN).map(([table, { complete, names }]) => [
    table,
    { complete, names: new Map(names.map((name) => [name.toLowerCase(), name])) },
  ]),
);

/** The known ActionTypes of a table; undefined if none are known. `table` is spelt as Microsoft spells it. */
export function actionTypesOf(table: string): ActionTypes | undefined {
  return byTable.get(table);
}

/** The tables that have an ActionType of this name. */
export function tablesWithActionType(name: string): readonly string[] {
  const key = name.toLowerCase();
  return [...byTable].flatMap(([table, { names }]) => (names.has(key) ? [table] : []));
}

/** `UsbDriveMounted` -> `usb`, `drive`, `mounted`. */
function wordsOf(name: string): readonly string[] {
  return (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z\d]+/g) ?? []).map((word) => word.toLowerCase());
}

const vocabulary: ReadonlySet<string> = new Set(
  Object.values(KNOWN).flatMap(({ names }) => names.flatMap(wordsOf)),
);

/** Shorter words are not compared, because they are abbreviations: `Ssl` is not a misspelt `Ssh`. */
const SHORTEST_WORD = 5;

/**
 * The names of a table that an unknown name may be a misspelling of: both names are similar, and the unknown name contains a word
 * that no known name has and that is similar to a word of the known one.
 *
 * Correct names differ by little (`ScheduledTaskEnabled`, `ScheduledTaskDisabled`), and the lists are not complete. So a name whose
 * words are all known counts as a new ActionType, not as a misspelling.
 */
export function misspeltActionType(written: string, { names }: ActionTypes): readonly string[] {
  const own = wordsOf(written);
  const unknown = own.filter((word) => word.length >= SHORTEST_WORD && !vocabulary.has(word));
  if (unknown.length === 0) return [];
  return nearest(written, names.values()).filter((name) => {
    const others = wordsOf(name);
    // A wrong capital letter joins two words into one, or splits one into two.
    return others.length !== own.length || unknown.some((word) => nearest(word, others).length > 0);
  });
}
