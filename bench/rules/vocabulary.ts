/** The words that the benches make rules and rows of. */

/** Programs that rules look for, the most looked for first; many of them run all day on any machine. */
export const PROGRAMS = [
  'powershell.exe', 'cmd.exe', 'rundll32.exe', 'pwsh.exe', 'wscript.exe', 'mshta.exe', 'regsvr32.exe', 'cscript.exe',
  'certutil.exe', 'net.exe', 'net1.exe', 'reg.exe', 'schtasks.exe', 'wmic.exe', 'sc.exe', 'msiexec.exe', 'bitsadmin.exe',
  'curl.exe', 'wget.exe', 'explorer.exe', 'winword.exe', 'excel.exe', 'outlook.exe', 'svchost.exe', 'taskkill.exe',
  'vssadmin.exe', 'wevtutil.exe', 'bcdedit.exe', 'nltest.exe', 'whoami.exe', 'ipconfig.exe', 'netsh.exe', 'findstr.exe',
  'attrib.exe', 'icacls.exe', 'takeown.exe', 'procdump.exe', 'psexec.exe', 'python.exe', 'node.exe', 'java.exe',
  'msbuild.exe', 'installutil.exe', 'regasm.exe', 'cmstp.exe', 'odbcconf.exe', 'forfiles.exe', 'hh.exe', 'ieexec.exe',
  'infdefaultinstall.exe', 'mavinject.exe', 'msdt.exe', 'pcalua.exe', 'presentationhost.exe', 'rasautou.exe', 'ssh.exe',
  'esentutl.exe', 'expand.exe', 'extrac32.exe', 'diskshadow.exe', 'dsquery.exe', 'dnscmd.exe', 'adfind.exe', 'rclone.exe',
  '7z.exe', 'winrar.exe', 'tar.exe', 'robocopy.exe', 'xcopy.exe', 'fsutil.exe', 'cipher.exe', 'sdelete.exe', 'w32tm.exe',
] as const; // biome-ignore format: one list

/** What ordinary machines run, beside the above. */
export const ORDINARY = [
  'svchost.exe', 'conhost.exe', 'msedge.exe', 'chrome.exe', 'RuntimeBroker.exe', 'backgroundTaskHost.exe', 'dllhost.exe',
  'taskhostw.exe', 'SearchProtocolHost.exe', 'SearchFilterHost.exe', 'MsMpEng.exe', 'MpCmdRun.exe', 'GoogleUpdate.exe',
  'Teams.exe', 'OneDrive.exe', 'WmiPrvSE.exe', 'sppsvc.exe', 'audiodg.exe', 'smartscreen.exe', 'consent.exe', 'git.exe',
  'powershell.exe', 'cmd.exe', 'rundll32.exe', 'net.exe', 'reg.exe', 'schtasks.exe', 'msiexec.exe', 'wmic.exe', 'sc.exe',
  'curl.exe', 'node.exe', 'python.exe', 'java.exe', 'ipconfig.exe', 'findstr.exe', 'explorer.exe', 'outlook.exe',
] as const; // biome-ignore format: one list

/** Pieces of command lines, plain ones and telling ones. */
export const WORDS = [
  'download', 'string', 'http', 'https', 'invoke', 'expression', 'webclient', 'bypass', 'hidden', 'encoded', 'command',
  'policy', 'execution', 'profile', 'user', 'domain', 'admin', 'group', 'local', 'share', 'delete', 'shadow', 'copies',
  'create', 'start', 'stop', 'config', 'query', 'export', 'import', 'save', 'system', 'security', 'lsass', 'minidump',
  'comsvcs', 'javascript', 'vbscript', 'scrobj', 'registry', 'service', 'task', 'trigger', 'logon', 'remote', 'session',
  'transfer', 'priority', 'decode', 'urlcache', 'split', 'verify', 'install', 'silent', 'quiet', 'norestart', 'update',
  'temp', 'appdata', 'roaming', 'public', 'programdata', 'startup', 'desktop', 'windows', 'syswow', 'tasks', 'spool',
  'drivers', 'fonts', 'debug', 'recycle', 'perflogs', 'intel', 'cache', 'token', 'kerberos', 'ticket', 'golden', 'dcsync',
  'mimikatz', 'sekurlsa', 'rubeus', 'bloodhound', 'sharphound', 'cobalt', 'beacon', 'meterpreter', 'empire', 'covenant',
] as const; // biome-ignore format: one list

export const FOLDERS = [
  'C:\\Windows\\System32\\', 'C:\\Windows\\SysWOW64\\', 'C:\\Program Files\\', 'C:\\Program Files (x86)\\',
  'C:\\Users\\Public\\', 'C:\\ProgramData\\', 'C:\\Windows\\Temp\\', 'C:\\Windows\\',
] as const; // biome-ignore format: one list
