/** The known names of log sources, and the warnings about names that are similar to them. */
import { type Diagnostic, diagnostic, type Mistake } from '../../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../../diagnostics/nearest.ts';
import type { Logsource, LogsourceMapping, SigmaFilter, SigmaRule } from '../types.ts';
import { isNativeProduct } from './logsource.ts';

type Key = keyof Logsource;

const KEYS = ['category', 'product', 'service'] as const satisfies readonly Key[];

/** Shorter names are often similar without being misspelt, so they are not compared. */
const SHORTEST = 5;

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** The names of the Sigma taxonomy appendix 2.1 and of SigmaHQ's rules (r2026). */
const SIGMA: Readonly<Record<Key, ReadonlySet<string>>> = {
  category:
    words(`antivirus application create_remote_thread create_stream_hash database dns dns_query driver_load
    file_access file_change file_delete file_event file_executable_detected file_rename firewall image_load
    network_connection pipe_created process_access process_creation process_tampering process_termination proxy
    ps_classic_provider_start ps_classic_start ps_module ps_script raw_access_thread registry_add registry_delete
    registry_event registry_rename registry_set sysmon_error sysmon_status webserver wmi_event`),
  product:
    words(`apache aws azure bitbucket cisco django fortigate fortios gcp github google_workspace huawei juniper jvm
    kubernetes linux m365 m365defender macos nginx nodejs okta onelogin opencanary paloalto python qualys rpc_firewall
    ruby_on_rails spring sql velocity windows zeek`),
  service:
    words(`aaa activitylogs apache application applocker appmodel-runtime appxdeployment-server appxpackaging-om audit
    auditd auditlogs auth bgp bits-client capi2 certificateservicesclient-lifecycle-system clamav cloudtrail
    codeintegrity-operational cron dce_rpc diagnosis-scripted dns dns-client dns-server dns-server-analytic
    driver-framework duo event exchange firewall-as gcp.audit globalprotect google_workspace.admin
    google_workspace.login guacamole http iis-configuration kerberos ldap ldp lsa-server
    microsoft-servicebus-client msexchange-management nginx ntlm okta onelogin.events openssh pim powershell
    powershell-classic printservice-admin printservice-operational rdp riskdetection security
    security-mitigations shell-core signinlogs smb_files smbclient-connectivity smbclient-security
    smbserver-connectivity sshd sslvpnd sudo syslog sysmon system taskscheduler
    terminalservices-localsessionmanager threat_detection threat_management vsftpd windefend wmi x509`),
};

/** A hint about a log source that no table holds: the similar name that its author may have meant. */
export function likelyLogsource(
  logsource: Logsource,
  mappings: readonly LogsourceMapping[],
): string | undefined {
  for (const key of KEYS) {
    const hint = misspelt(key, logsource, mappings)?.hint;
    if (hint !== undefined) return hint;
  }
  return undefined;
}

/** Warns of names that are similar to known ones. With a misspelt name, a rule runs on fewer or other rows than its author meant, and a filter narrows no rule. */
export function misspeltLogsource(
  { file, logsource, logsourceSpan, logsourceSpans }: SigmaRule | SigmaFilter,
  mappings: readonly LogsourceMapping[],
): readonly Diagnostic[] {
  return KEYS.flatMap((key) => {
    // The other names of a Defender product are tables; unknown tables are reported when the rule is compiled.
    if (key !== 'product' && isNativeProduct(logsource.product)) return [];
    const mistake = misspelt(key, logsource, mappings);
    return mistake ? [diagnostic(file, logsourceSpans[key] ?? logsourceSpan, mistake, 'warning')] : [];
  });
}

function misspelt(
  key: Key,
  logsource: Logsource,
  mappings: readonly LogsourceMapping[],
): Mistake | undefined {
  const name = logsource[key]?.toLowerCase();
  if (name === undefined || SIGMA[key].has(name)) return undefined;
  const mapped = new Set(mappings.flatMap((mapping) => mapping.logsource[key] ?? []));
  if ([...mapped].some((one) => one.toLowerCase() === name)) return undefined;
  const code = 'unknown-logsource';
  const message = `no ${key} "${logsource[key]}" is known`;
  const other = KEYS.find((one) => one !== key && SIGMA[one].has(name) && logsource[one] === undefined);
  if (other !== undefined) return { code, message, hint: `"${name}" is a ${other}` };
  if (name.length < SHORTEST) return undefined;
  const hint = didYouMean(name, [...SIGMA[key], ...mapped]);
  return hint === undefined ? undefined : { code, message, hint };
}
