/** The dead letters: how many and why, a list with filters, one with its bytes; send again and remove. */
import { useState } from 'preact/hooks';
import './ops.css';
import type { LetterCountsView, LettersView } from '../../src/console/model/dead-letters.ts';
import { useView } from '../api.ts';
import { formatCount } from '../parts/figures.tsx';
import { Panel, ViewOf } from '../parts/notes.tsx';
import { Pager } from '../parts/pager.tsx';
import { Stale } from '../parts/stale.tsx';
import { attention, isOperator } from '../session.ts';
import { navigate, pageHref, route } from '../shell/router.ts';
import { Counts } from './dead-letters/counts.tsx';
import { type Filter, Filters, filterOf, queryOf } from './dead-letters/filters.tsx';
import { LetterPanel } from './dead-letters/letter.tsx';
import { Letters } from './dead-letters/list.tsx';
import { Run } from './dead-letters/run.tsx';
import type { Chosen } from './dead-letters/running.ts';

const COUNTS_EVERY_MS = 30_000;
const LIST_EVERY_MS = 30_000;

export function Page() {
  const counts = useView<LetterCountsView>('dead-letters/counts', {}, COUNTS_EVERY_MS);
  const filter = filterOf(route.value.query);
  /** The cursors of the pages that lie before the one that is shown. */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const before = cursors.at(-1);
  const list = useView<LettersView>('dead-letters', { ...queryOf(filter), before }, LIST_EVERY_MS);
  const [chosen, setChosen] = useState<Chosen | undefined>();
  /** Counts acts, after which the open letter may be gone. */
  const [changes, setChanges] = useState(0);
  const letter = route.value.query.get('letter') ?? undefined;
  const choose = (next: Filter) => {
    setCursors([]);
    navigate(pageHref('dead-letters', queryOf(next)), { replace: true });
  };
  const reload = () => {
    setChanges(changes + 1);
    counts.reload();
    list.reload();
  };
  return (
    <>
      <Stale
        of={attention.value?.silent}
        alone="No consumer is alive: rows that fail alone are not tried again. Sending letters again works from here."
      >
        Rows that fail alone are tried by another consumer.
      </Stale>
      <ViewOf of={counts}>{(data) => <Counts of={data} />}</ViewOf>
      {letter === undefined ? null : (
        <LetterPanel
          key={`${letter} ${changes}`}
          name={letter}
          closeHref={pageHref('dead-letters', queryOf(filter))}
          onAct={(verb) => setChosen({ verb, names: [letter] })}
        />
      )}
      <Panel title="Letters">
        <Filters of={filter} onChange={choose} />
        <ViewOf of={list}>
          {(data) => (
            <>
              <p>
                <span>{total(data)}</span>
                {isOperator() && data.total > 0 ? (
                  <span class="row acts">
                    <button type="button" onClick={() => setChosen({ verb: 'redrive', filter })}>
                      Send all of them again…
                    </button>
                    <button type="button" onClick={() => setChosen({ verb: 'drop', filter })}>
                      Remove all of them…
                    </button>
                  </span>
                ) : null}
              </p>
              <Letters of={data.letters} filter={filter} />
              <Pager
                label="Letters"
                onNewer={cursors.length > 0 ? () => setCursors(cursors.slice(0, -1)) : undefined}
                onOlder={
                  data.next === undefined ? undefined : () => setCursors([...cursors, data.next ?? ''])
                }
                where={`page ${cursors.length + 1}`}
              />
            </>
          )}
        </ViewOf>
      </Panel>
      {chosen ? <Run of={chosen} onClose={() => setChosen(undefined)} onDone={reload} /> : null}
    </>
  );
}

function total({ total: count, more }: LettersView): string {
  const letters = count === 1 ? '1 letter' : `${formatCount(count)} letters`;
  return more
    ? `More than ${letters}: only so many are looked at, and the newest of them are shown. Filters narrow them down.`
    : letters;
}
