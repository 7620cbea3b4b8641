/** Which dead letters are shown: kept in the page's address. */
import { fieldOf, instantOf } from '../../parts/utc.ts';

export interface Filter {
  readonly destination?: string | undefined;
  /** Only rows that could not be read, which have no destination. */
  readonly unreadable?: boolean;
  readonly reason?: string | undefined;
  readonly source?: string | undefined;
  /** Ms since the epoch. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly isolating?: boolean;
}

export function filterOf(query: URLSearchParams): Filter {
  const text = (name: string) => query.get(name) || undefined;
  const time = (name: string) =>
    /^\d{1,15}$/.test(query.get(name) ?? '') ? Number(query.get(name)) : undefined;
  return {
    destination: text('destination'),
    unreadable: query.get('unreadable') === 'true',
    reason: text('reason'),
    source: text('source'),
    from: time('from'),
    to: time('to'),
    isolating: query.get('isolating') === 'true',
  };
}

/** For addresses, views and acts. */
export function queryOf({
  destination,
  unreadable,
  reason,
  source,
  from,
  to,
  isolating,
}: Filter): Record<string, string> {
  return {
    ...(destination !== undefined && !unreadable && { destination }),
    ...(unreadable && { unreadable: 'true' }),
    ...(reason !== undefined && { reason }),
    ...(source !== undefined && { source }),
    ...(from !== undefined && { from: String(from) }),
    ...(to !== undefined && { to: String(to) }),
    ...(isolating && { isolating: 'true' }),
  };
}

export function Filters({
  of,
  onChange,
}: {
  readonly of: Filter;
  readonly onChange: (next: Filter) => void;
}) {
  const field = (name: 'destination' | 'reason' | 'source', title: string) => (
    <label>
      {title}{' '}
      <input
        type="text"
        value={of[name] ?? ''}
        onChange={(event) => onChange({ ...of, [name]: event.currentTarget.value.trim() || undefined })}
      />
    </label>
  );
  const time = (name: 'from' | 'to', title: string) => (
    <label>
      {title}{' '}
      <input
        type="datetime-local"
        value={fieldOf(of[name])}
        onChange={(event) => onChange({ ...of, [name]: instantOf(event.currentTarget.value) })}
      />
    </label>
  );
  return (
    <form class="fields" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      {field('destination', 'Destination')}
      {field('reason', 'Reason')}
      {field('source', 'Source')}
      {time('from', 'Stored from (UTC)')}
      {time('to', 'Stored before (UTC)')}
      <label>
        <input
          type="checkbox"
          checked={of.unreadable ?? false}
          onChange={(event) => onChange({ ...of, unreadable: event.currentTarget.checked })}
        />
        Could not be read
      </label>
      <label>
        <input
          type="checkbox"
          checked={of.isolating ?? false}
          onChange={(event) => onChange({ ...of, isolating: event.currentTarget.checked })}
        />
        Still tried
      </label>
      <button type="button" class="quiet" onClick={() => onChange({})}>
        No filters
      </button>
    </form>
  );
}
