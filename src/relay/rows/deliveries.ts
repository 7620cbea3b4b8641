/** What the routes of a row ask to be delivered, and to which destinations. */
import type { Delivery, EnvelopeHead } from '../../destinations/port.ts';
import { alertId } from '../../rules/alert-id.ts';
import { ByteWriter } from '../../shared/byte-writer.ts';
import { columnIn } from '../../shared/column-value.ts';
import type { Route, RouteShaper, Row, RuleRef, ShapeWriter } from '../../shared/event.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Metadata } from '../../shared/metadata-template.ts';
import { envelopeMember, member } from '../../shared/row-members.ts';
import { rowTimeText } from '../../shared/row-time.ts';
import { renderTitle } from '../../shared/title-template.ts';
import { alteredColumns } from './altered-columns.ts';
import { type ForwardedTest, forwardedTest, withoutRemoved } from './removed-values.ts';
import {
  type ForwardedColumns,
  isChanged,
  isSpliced,
  ParsedContents,
  ParsedDelivery,
  SplicedDelivery,
} from './row-delivery.ts';

/** What goes to one destination. */
export type DeliveriesTo = readonly [destination: string, deliveries: readonly Delivery[]];

/** What goes to each destination for one forwarded row. Those that get the same get the same object. */
export function deliveriesOf(
  row: Row,
  forwarded: ForwardedColumns & { readonly shaper?: RouteShaper },
  routes: readonly Route[],
  shapes: ShapeWriter | undefined,
): readonly DeliveriesTo[] {
  const { shaper } = forwarded;
  const same = sameDelivery(row, forwarded, routes, shapes);
  if (same) {
    const deliveries = [same];
    return routes.map(({ to }) => [to, deliveries]);
  }
  const plain = makerFor(row, forwarded, shapes);
  // What a route's own steps made is another object, and so are the deliveries of it: nothing of it reaches other destinations.
  const makers = new Map<ForwardedColumns, Maker>([[forwarded, plain]]);
  // A rule of which a value was removed is another object in the head.
  const made: MadeFor[] = [];
  const byDestination = new Map<string, Delivery[]>();
  for (const route of routes) {
    const { to, severity, rule, evidence } = route;
    const own = shaper?.columnsFor(route);
    const columns: ForwardedColumns = own ?? forwarded;
    const maker = makers.get(columns) ?? makerFor(row, columns, own?.shapes ?? shapes);
    makers.set(columns, maker);
    const metadata = shaper?.metadataFor(route, readerOf(columns));
    let delivery = made.find(
      (one) =>
        one.metadata === metadata &&
        one.severity === severity &&
        one.rule === rule &&
        one.evidence === evidence &&
        one.columns === columns,
    )?.delivery;
    if (!delivery) {
      delivery = maker(route, metadata);
      made.push({ severity, rule, evidence, columns, metadata, delivery });
    }
    const list = byDestination.get(to);
    if (list) list.push(delivery);
    else byDestination.set(to, [delivery]);
  }
  return [...byDestination];
}

/** What each route's destination gets where all of them get one delivery, and the same one, as of nearly all rows. */
export function sameDelivery(
  row: Row,
  forwarded: ForwardedColumns & { readonly shaper?: RouteShaper },
  routes: readonly Route[],
  shapes: ShapeWriter | undefined,
): Delivery | undefined {
  const [first] = routes;
  if (!first || forwarded.shaper || !areAlike(routes)) return undefined;
  return deliveryOf(row, forwarded, first, shapes);
}

/** Whether each destination has one route, and all get the same delivery. */
function areAlike(routes: readonly Route[]): boolean {
  const first = routes[0];
  for (let at = 1; at < routes.length; at++) {
    const route = routes[at];
    if (route?.severity !== first?.severity || route?.rule !== first?.rule) return false;
    if (route?.evidence !== first?.evidence) return false;
    // Destinations are few, so that a look at those before costs less than a set of them for each row.
    for (let before = 0; before < at; before++) if (routes[before]?.to === route?.to) return false;
  }
  return true;
}

/** The only delivery of a row. A {@link Maker} shares what several have in common, and is made of functions that would be garbage of each row. */
function deliveryOf(
  row: Row,
  forwarded: ForwardedColumns,
  route: Route,
  shapes: ShapeWriter | undefined,
): Delivery {
  const head = headOf(row, route, { forwarded, shapes });
  if (isSpliced(forwarded)) return new SplicedDelivery(head, forwarded, shapes);
  return new ParsedDelivery(head, new ParsedContents(row, forwarded.event, shapes));
}

/** A row as Defender wraps it, with its columns behind the steps of its table; those of single routes are not applied. JSON. */
export function forwardedText(row: Row, { columns, event }: ForwardedColumns): string {
  const writer = new ByteWriter();
  const forwarded = columns ? { columns, event } : { event };
  makerFor(row, forwarded, undefined)({ to: '' }).writeRaw(writer);
  return new TextDecoder().decode(writer.slice());
}

/** Makes the delivery for a route. */
type Maker = (route: Route, metadata?: Metadata) => Delivery;

function makerFor(row: Row, forwarded: ForwardedColumns, shapes: ShapeWriter | undefined): Maker {
  const deliver = maker(row, forwarded, shapes);
  const context = { forwarded, isForwarded: forwardedTest(row, forwarded), shapes };
  return (route, metadata) => {
    const head = headOf(row, route, context);
    return deliver(metadata ? { ...head, metadata } : head);
  };
}

/** What was made for a route. */
interface MadeFor {
  readonly severity: Route['severity'] | undefined;
  readonly rule: RuleRef | undefined;
  readonly evidence: true | undefined;
  readonly columns: ForwardedColumns;
  readonly metadata: Metadata | undefined;
  readonly delivery: Delivery;
}

function maker(
  row: Row,
  forwarded: ForwardedColumns,
  shapes: ShapeWriter | undefined,
): (head: EnvelopeHead) => Delivery {
  if (isSpliced(forwarded)) return (head) => new SplicedDelivery(head, forwarded, shapes);
  const contents = new ParsedContents(row, forwarded.event, shapes);
  return (head) => new ParsedDelivery(head, contents);
}

/** What heads of one row need besides the route. */
interface HeadContext {
  readonly forwarded: ForwardedColumns;
  /** Shared by the alerts of the row. */
  readonly isForwarded?: ForwardedTest;
  readonly shapes: ShapeWriter | undefined;
}

/** Plain data: it outlives the row. Members that few rows have are added one by one, since each row has a head and spreading costs more. */
function headOf(
  row: Row,
  { severity, rule, evidence }: Route,
  { forwarded, isForwarded, shapes }: HeadContext,
): EnvelopeHead {
  const { id, table, source } = row;
  const time = rowTimeText(row);
  const received = envelopeMember(row, 'time');
  const tenant = envelopeMember(row, 'tenantId');
  const isWhole = typeof received === 'string' && typeof tenant === 'string';
  // One literal for nearly all rows: what is added to an object lies in a second one, and both wait with the row.
  const head: { -readonly [Name in keyof EnvelopeHead]: EnvelopeHead[Name] } = isWhole
    ? { id, time, table, source, received, tenant }
    : { id, time, table, source };
  if (!isWhole && typeof received === 'string') head.received = received;
  if (!isWhole && typeof tenant === 'string') head.tenant = tenant;
  if (severity !== undefined) head.severity = severity;
  if (evidence !== undefined) head.evidence = evidence;
  if (rule !== undefined) {
    const shown = withoutRemoved(rule, isForwarded ?? forwardedTest(row, forwarded));
    head.rule = shown;
    head.alertId = alertId(row.id, rule);
    if (rule.titleTemplate !== undefined) head.title = titleOf(rule.titleTemplate, shown, forwarded);
    const renamed = shapes?.renamed(row.table);
    if (renamed !== undefined) head.renamed = renamed;
    const altered = alteredColumns({
      row,
      rule,
      renamed,
      shapes,
      isChanged: isChanged(row, forwarded),
      read: readerOf(forwarded),
    });
    if (altered !== undefined) head.altered = altered;
  }
  return head;
}

/** Filled in from the columns behind the steps only: what those removed must not come back in a title. */
function titleOf(template: string, { matched }: RuleRef, forwarded: ForwardedColumns): string {
  const read = readerOf(forwarded);
  return renderTitle(template, (path) => columnIn(read, matched, path));
}

/** Reads columns one at a time: `event` is made of the row's bytes only when all of it is asked for. */
function readerOf(forwarded: ForwardedColumns): (column: string) => JsonValue | undefined {
  return (name) => (forwarded.columns ? forwarded.columns.get(name) : member(forwarded.event, name));
}
