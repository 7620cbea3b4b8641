/** The page of Defender's portal that a mapped shape names for an alert: those have room for one address. */
import { entitiesOf } from '../alerts/entities/index.ts';
import type { EntityList } from '../alerts/message.ts';
import type { EnvelopeHead } from '../shared/event.ts';
import type { JsonObject } from '../shared/json.ts';
import { isAlert, listsOf } from './alert-record.ts';
import { portalPages } from './alert-view/links.ts';

/**
 * The head with the alert's first page, which is the first of `links` in its record. The head as it is where it is no alert's, or the
 * columns name nothing that has a page.
 *
 * @param entities of a group of alerts; those of the row where there are none.
 */
export function withPage(
  head: EnvelopeHead,
  alert: { readonly event: JsonObject; readonly entities?: readonly EntityList[] | undefined },
): EnvelopeHead {
  // Read of alerts alone: a row that is written from its bytes is parsed when `event` is read, which costs more than all of its encoding.
  if (!isAlert(head)) return head;
  const { event, entities } = alert;
  const envelope = { ...head, event };
  const [page] = portalPages({ envelope, entities: entities ?? listsOf(entitiesOf(envelope)) });
  return page === undefined ? head : { ...head, page: page.url };
}
