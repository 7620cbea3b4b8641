/** The page of Defender's portal that a mapped shape names for an alert: those have room for one address. */
import type { EnvelopeHead } from '../shared/event.ts';
import { entitiesBehind, isAlert } from './alert-record.ts';
import { pagesFor } from './alert-view/links.ts';
import type { Delivery } from './port.ts';

/**
 * The head with the alert's first page, which is the first of `links` in its record. The head as it is where it is no alert's, or the
 * columns name nothing that has a page.
 *
 * @param entities of a group of alerts; those of the row where there are none.
 */
export function withPage(head: EnvelopeHead, alert: Pick<Delivery, 'column' | 'entities'>): EnvelopeHead {
  if (!isAlert(head)) return head;
  const { tenant, time } = head;
  const column = (name: string) => alert.column(name);
  const entities = entitiesBehind({ head, column, entities: alert.entities });
  const [page] = pagesFor({ tenant, time, entities, column });
  return page === undefined ? head : { ...head, page: page.url };
}
