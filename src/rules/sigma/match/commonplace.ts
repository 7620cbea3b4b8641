/** Literals, case-folded, that nearly every row of an endpoint contains, so that finding one says little about the row. */
export const COMMONPLACE = [
  'c:\\windows\\system32\\svchost.exe -k netsvcs -p -s ',
  'c:\\windows\\syswow64\\',
  'c:\\program files (x86)\\microsoft\\edge\\application\\msedge.exe" --type=',
  'c:\\program files\\common files\\google\\chrome\\',
  'c:\\users\\public\\appdata\\local\\temp\\',
  'c:\\programdata\\microsoft\\windows defender\\',
  'hkey_local_machine\\software\\microsoft\\windows\\currentversion\\',
  'hkey_local_machine\\system\\controlset001\\services\\',
  'hkey_current_user\\s-1-5-21-',
  '\\cmd.exe /c powershell.exe -noprofile -executionpolicy bypass -command "',
  '\\explorer.exe \\services.exe \\conhost.exe 0xffffffff -forcev1 \\rundll32.exe .dll,',
  'https://www. .com/ http:// microsoft corporation windows nt authority\\system 10.0.19041.1',
].join('\n');
