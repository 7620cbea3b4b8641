/** The line on top of every page: what needs a person. */
import { useEffect } from 'preact/hooks';
import type { AttentionView } from '../../src/console/model/attention.ts';
import { useView } from '../api.ts';
import { Text } from '../parts/text.tsx';
import { formatAge, now } from '../parts/time.tsx';
import { attention } from '../session.ts';
import { pageHref } from './router.ts';

const EVERY_MS = 30_000;
/** Sentences before the others are folded away. */
const SHOWN = 3;

export function Attention() {
  const { data, at, error } = useView<AttentionView>('attention', {}, EVERY_MS);
  useEffect(() => {
    attention.value = data;
  }, [data]);
  const items = data?.items ?? [];
  const tone = error ? 'warn' : (items[0]?.tone ?? (data ? 'good' : 'quiet'));
  return (
    <section class={`attention ${tone}`} aria-label="What needs attention" aria-live="polite">
      {error ? (
        <p>
          What needs attention is unknown: <Text value={error.message} />
          {data && at !== undefined ? ` The last answer is ${formatAge(now.value - at)} old.` : null}
        </p>
      ) : null}
      {!data && !error ? <p>Reading the relay's state…</p> : null}
      {data && !error && items.length === 0 ? <p>Nothing needs attention.</p> : null}
      {items.length > 0 ? <Items items={items.slice(0, SHOWN)} /> : null}
      {items.length > SHOWN ? (
        <details>
          <summary>{items.length - SHOWN} more</summary>
          <Items items={items.slice(SHOWN)} />
          {data && data.total > items.length ? <p>and {data.total - items.length} more</p> : null}
        </details>
      ) : null}
    </section>
  );
}

function Items({ items }: { readonly items: AttentionView['items'] }) {
  return (
    <ul>
      {items.map(({ tone, text, page }) => (
        <li key={text} class={tone}>
          <Text value={text} /> <a href={pageHref(page)}>{page.replace('-', ' ')}</a>
        </li>
      ))}
    </ul>
  );
}
