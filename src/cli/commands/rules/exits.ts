/** What exit code 2 means for the commands on rule files: 1 means findings there, and CI must tell the two apart. */
export const RULES_USAGE = 'Wrong usage, or a file or folder that cannot be read';
