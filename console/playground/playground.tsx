/** The playground: rule files and relay.yaml at the left, rows at the right, and below what becomes of them. It runs in the browser alone. */
import { useEffect, useState } from 'preact/hooks';
import { ErrorNote, Note } from '../parts/notes.tsx';
import { Text } from '../parts/text.tsx';
import { DEFAULTS } from './defaults.ts';
import type { PlaygroundState } from './engine/messages.ts';
import { LIMITS } from './engine-client.ts';
import { FRAGMENT } from './fragment.ts';
import { createModel, type Model } from './model.ts';
import type { PlaygroundProps } from './props.ts';
import './playground.css';
import { Account } from './view/account.tsx';
import { Files } from './view/files.tsx';
import { Rows, RowsInput } from './view/rows.tsx';
import { Share } from './view/share.tsx';
import { Tests } from './view/tests.tsx';

/** What a person wrote, for when they come back from another page. In memory alone: rows hold personal data. */
let kept: { readonly address: string; readonly state: PlaygroundState } | undefined;

/** Links and rule files are opened anew, but where a person comes back to the same address. */
function keptState(): PlaygroundState | undefined {
  const isPlain = location.search === '' && location.hash === '';
  return isPlain || kept?.address === location.href ? kept?.state : undefined;
}

export function Playground({ start, capture }: PlaygroundProps) {
  const [back] = useState(keptState);
  const [model] = useState(() =>
    createModel(
      {
        ...LIMITS,
        start: () =>
          new Worker(new URL('./engine/worker.ts', import.meta.url), { type: 'module', name: 'rules' }),
      },
      back ?? { ...DEFAULTS, ...start?.state },
    ),
  );
  const [linkProblem, setLinkProblem] = useState('');
  useEffect(() => {
    const open = () => void opened(model, setLinkProblem);
    if (back) void model.evaluate();
    else open();
    const stop = model.state.subscribe((state) => {
      if (state !== DEFAULTS) kept = { address: location.href, state };
    });
    addEventListener('hashchange', open);
    return () => {
      stop();
      removeEventListener('hashchange', open);
      model.close();
    };
  }, [model]);
  const { problem, checked, isBusy } = model;
  return (
    <div class="playground">
      <div class="bar">
        <Share model={model} />
        <p class="state" role="status">
          {isBusy.value ? 'Working…' : checked.value?.version ? `Rules ${checked.value.version}` : ''}
        </p>
      </div>
      {start ? (
        <Note>
          <Text value={start.note} first={500} />
        </Note>
      ) : null}
      {linkProblem ? <ErrorNote message={linkProblem} /> : null}
      {problem.value ? (
        <ErrorNote message={`${problem.value}. Change the rules or the rows to try again.`} />
      ) : null}
      <div class="inputs">
        <Files model={model} />
        <RowsInput model={model} capture={capture} />
      </div>
      <Outcome model={model} />
    </div>
  );
}

function Outcome({ model }: { readonly model: Model }) {
  const { checked, ran, account } = model;
  const errors = checked.value?.findings.filter(({ severity }) => severity === 'error') ?? [];
  // A mistake in a test keeps no rule from running, here as in the relay.
  if (errors.length > 0 && checked.value?.version === undefined) {
    const wrong = new Set(errors.map(({ file }) => file));
    const named = [...wrong].slice(0, 5).join(', ');
    const others = wrong.size > 5 ? ` and ${wrong.size - 5} others` : '';
    const isAll = checked.value?.total === checked.value?.findings.length;
    return (
      <Note tone="warn">
        {errors.length === 1
          ? 'There is an error'
          : `There are ${isAll ? '' : 'at least '}${errors.length} errors`}{' '}
        in {named + others}: no row is looked at until the rules are whole, as in the relay.{' '}
        <WithoutWrong model={model} wrong={wrong} />
      </Note>
    );
  }
  return (
    <>
      {ran.value?.problem ? <ErrorNote message={ran.value.problem} /> : null}
      {ran.value?.tests ? <Tests tests={ran.value.tests} /> : null}
      <Rows model={model} />
      {account.value ? <Account account={account.value} /> : null}
    </>
  );
}

/** Of rules that others wrote, some may name what Defender's tables do not hold: without those the others can be tried. */
function WithoutWrong({ model, wrong }: { readonly model: Model; readonly wrong: ReadonlySet<string> }) {
  const { files } = model.state.value;
  const whole = files.filter(({ path }) => !wrong.has(path));
  if (whole.length === files.length || whole.length === 0) return null;
  const count = files.length - whole.length;
  return (
    <button type="button" onClick={() => model.keep(whole)}>
      Remove {count === 1 ? 'the file' : `the ${count} files`} with errors
    </button>
  );
}

async function opened(model: Model, tell: (problem: string) => void): Promise<void> {
  tell('');
  const { hash } = location;
  if (!hash.startsWith(FRAGMENT)) {
    await model.evaluate();
    return;
  }
  try {
    const { state, problem } = await model.engine.ask('open', { fragment: hash.slice(FRAGMENT.length) });
    if (state) {
      model.open(state);
      return;
    }
    tell(problem ?? 'The link cannot be read.');
  } catch {
    tell('The link cannot be read.');
  }
  await model.evaluate();
}
