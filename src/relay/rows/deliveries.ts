/** What the routes of a row ask to be delivered, and to which destinations. */
import type { Delivery } from '../../destinations/port.ts';
import type { ByteWriter } from '../../shared/byte-writer.ts';
import type { Route, Row } from '../../shared/event.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { rowTimeText } from '../../shared/row-time.ts';

/** What goes to each destination for one forwarded row. */
export function deliveriesOf(
  row: Row,
  event: JsonObject,
  routes: readonly Route[],
): ReadonlyMap<string, readonly Delivery[]> {
  const raw = once(() =>
    event === row.properties && row.text !== undefined
      ? row.text
      : JSON.stringify({ ...row.envelope, properties: event }),
  );
  const eventText = once(() => JSON.stringify(event));
  const content = {
    raw,
    writeRaw: (writer: ByteWriter) => writer.text(raw()),
    writeEvent: (writer: ByteWriter) => writer.text(eventText()),
    column: (name: string) => member(event, name),
  };
  const received = text(row.envelope, 'time');
  const tenant = text(row.envelope, 'tenantId');
  const base = {
    id: row.id,
    time: rowTimeText(row),
    ...(received !== undefined && { received }),
    ...(tenant !== undefined && { tenant }),
    table: row.table,
  };
  const byDestination = new Map<string, Delivery[]>();
  for (const { to, severity, rule } of routes) {
    const envelope = {
      ...base,
      ...(severity !== undefined && { severity }),
      ...(rule !== undefined && { rule }),
      event,
      source: row.source,
    };
    const list = byDestination.get(to);
    if (list) list.push({ envelope, ...content });
    else byDestination.set(to, [{ envelope, ...content }]);
  }
  return byDestination;
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
