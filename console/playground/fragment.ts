/** What stands before the state in the fragment of a link. */
export const FRAGMENT = '#playground=';
