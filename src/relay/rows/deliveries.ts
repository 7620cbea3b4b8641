/** What the routes of a row ask to be delivered, and to which destinations. */
import type { Delivery } from '../../destinations/port.ts';
import type { Route, Row } from '../../shared/event.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { rowTimeText } from '../../shared/row-time.ts';

/** What goes to each destination for one forwarded row. Those that get the same get the same object. */
export function deliveriesOf(
  row: Row,
  event: JsonObject,
  routes: readonly Route[],
): ReadonlyMap<string, readonly Delivery[]> {
  const content = contentOf(row, event);
  const made: Delivery[] = [];
  const byDestination = new Map<string, Delivery[]>();
  for (const { to, severity, rule } of routes) {
    const same = made.find(({ head }) => head.severity === severity && head.rule === rule);
    const delivery = same ?? { head: headOf(row, severity, rule), event, ...content };
    if (!same) made.push(delivery);
    const list = byDestination.get(to);
    if (list) list.push(delivery);
    else byDestination.set(to, [delivery]);
  }
  return byDestination;
}

function contentOf(row: Row, event: JsonObject): Pick<Delivery, 'writeRaw' | 'writeEvent' | 'column'> {
  const raw = once(() =>
    event === row.properties && row.text !== undefined
      ? row.text
      : JSON.stringify({ ...row.envelope, properties: event }),
  );
  const eventText = once(() => JSON.stringify(event));
  return {
    writeRaw: (writer) => writer.text(raw()),
    writeEvent: (writer) => writer.text(eventText()),
    column: (name) => member(event, name),
  };
}

function headOf(row: Row, severity: Route['severity'], rule: Route['rule']): Delivery['head'] {
  const received = text(row.envelope, 'time');
  const tenant = text(row.envelope, 'tenantId');
  return {
    id: row.id,
    time: rowTimeText(row),
    ...(received !== undefined && { received }),
    ...(tenant !== undefined && { tenant }),
    table: row.table,
    ...(severity !== undefined && { severity }),
    ...(rule !== undefined && { rule }),
    source: row.source,
  };
}

function text(object: JsonObject, key: string): string | undefined {
  const value = member(object, key);
  return typeof value === 'string' ? value : undefined;
}

function member(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
