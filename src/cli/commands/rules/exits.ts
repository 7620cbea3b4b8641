/** What exit code 2 means for the commands on rule files. Their exit code 1 means findings, and CI must distinguish the two. */
export const RULES_USAGE = 'Wrong usage, or a file or folder that cannot be read';
