/** Links into the tools that relay.yaml names under `links`: a search in the SIEM for what an alert is about. */
import type { AlertMessage } from '../../alerts/message.ts';
import type { Link } from './links.ts';

/** `links:` of relay.yaml: templates of addresses, by name. */
export type Searches = Readonly<Record<string, string>>;

/** At most 5. */
export function searchLinks(_message: AlertMessage, _searches: Searches): readonly Link[] {
  return [];
}
