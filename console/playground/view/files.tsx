/** The rule files and relay.yaml as tabs, the editor of the chosen one, and its findings as a list. */
import { useRef, useState } from 'preact/hooks';
import { Text } from '../../parts/text.tsx';
import { Editor } from '../editor/editor.tsx';
import { type Checked, MOST_FILES, RELAY_FILE } from '../engine/messages.ts';
import type { Model } from '../model.ts';
import { withOpened } from '../open-files.ts';

/** Findings of one file in the list. */
const MOST_LISTED = 50;

export function Files({ model }: { readonly model: Model }) {
  const { state, file, edition, findings, checked, language } = model;
  const paths = [...state.value.files.map(({ path }) => path), RELAY_FILE];
  const text =
    file.value === RELAY_FILE
      ? state.value.relay
      : (state.value.files.find(({ path }) => path === file.value)?.text ?? '');
  const write = (path: string, next: string) => {
    if (path === RELAY_FILE) model.change({ relay: next });
    else
      model.change({
        files: state.value.files.map((one) => (one.path === path ? { ...one, text: next } : one)),
      });
  };
  const wrong = new Set(
    checked.value?.findings.flatMap((one) => (one.severity === 'error' ? [one.file] : [])) ?? [],
  );
  return (
    <section class="panel files" aria-label="Rules">
      <h2>Rules</h2>
      <div class="tabs paths">
        {paths.map((path) => (
          <button
            type="button"
            key={path}
            aria-pressed={path === file.value}
            onClick={() => {
              file.value = path;
            }}
          >
            <Text value={path} />
            {wrong.has(path) ? <span class="wrong"> has errors</span> : null}
          </button>
        ))}
      </div>
      <div class="tabs">
        <NewFile model={model} />
      </div>
      <Editor
        file={file.value}
        text={text}
        edition={edition.value}
        findings={findings.value}
        language={language}
        onChange={write}
      />
      {findings.value.length > 0 ? (
        <ul class="findings" aria-label="Findings">
          {findings.value.slice(0, MOST_LISTED).map((one) => (
            <li key={`${one.span.line} ${one.code} ${one.message}`} class={one.severity}>
              <span class="place">
                {one.span.line}:{one.span.column}
              </span>{' '}
              {one.severity} <code>{one.code}</code> <Text value={one.message} first={500} />
              {one.hint ? (
                <div class="hint">
                  <Text value={one.hint} first={500} />
                </div>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      <MoreFindings
        listed={Math.min(findings.value.length, MOST_LISTED)}
        of={findings.value.length}
        all={checked.value}
      />
    </section>
  );
}

interface MoreFindingsProps {
  readonly listed: number;
  /** How many there are of the file. */
  readonly of: number;
  readonly all: Checked | undefined;
}

function MoreFindings({ listed, of, all }: MoreFindingsProps) {
  const left = (all?.total ?? 0) - (all?.findings.length ?? 0);
  return (
    <>
      {of > listed ? (
        <p class="more">
          The first {listed} of {of} are listed.
        </p>
      ) : null}
      {left > 0 ? (
        <p class="more">{left.toLocaleString('en')} more findings in all files are not shown.</p>
      ) : null}
    </>
  );
}

function NewFile({ model }: { readonly model: Model }) {
  const { state, file } = model;
  const [isOpen, setOpen] = useState(false);
  const [path, setPath] = useState('detections/another.yml');
  if (!isOpen) {
    return (
      <>
        <button type="button" class="quiet" onClick={() => setOpen(true)}>
          Add a file
        </button>
        <OpenFiles model={model} />
        {file.value !== RELAY_FILE ? (
          <button type="button" class="quiet" onClick={() => remove(model)}>
            Remove this file
          </button>
        ) : null}
      </>
    );
  }
  const isTaken = path === RELAY_FILE || state.value.files.some((one) => one.path === path);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isTaken || state.value.files.length >= MOST_FILES) return;
        model.change({ files: [...state.value.files, { path, text: '' }] });
        file.value = path;
        setOpen(false);
      }}
    >
      <label>
        Path{' '}
        <input
          value={path}
          maxLength={200}
          required
          pattern="[^\/\s][^\s]*\.(ya?ml|csv|txt|json)"
          onInput={(event) => setPath(event.currentTarget.value)}
        />
      </label>{' '}
      <button type="submit" disabled={isTaken}>
        Add
      </button>{' '}
      <button type="button" onClick={() => setOpen(false)}>
        Cancel
      </button>
    </form>
  );
}

/** Takes rule files from the person's disk: they are read in the browser alone. */
function OpenFiles({ model }: { readonly model: Model }) {
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');
  const choose = (isFolder: boolean) => {
    if (!input.current) return;
    input.current.webkitdirectory = isFolder;
    input.current.click();
  };
  const take = async (chosen: readonly File[]) => {
    if (chosen.length === 0) return;
    try {
      const { files, left } = await withOpened(model.state.value.files, chosen);
      setSaid(left);
      model.replace({ files });
    } catch {
      setSaid('The files cannot be read.');
    }
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        aria-label="Rule files"
        onChange={({ currentTarget: box }) => {
          void take([...(box.files ?? [])]);
          // The same files may be chosen again once they have changed.
          box.value = '';
        }}
      />
      <button type="button" class="quiet" onClick={() => choose(false)}>
        Open files
      </button>
      <button type="button" class="quiet" onClick={() => choose(true)}>
        Open a folder
      </button>
      <span role="status">{said}</span>
    </>
  );
}

function remove({ state, file, keep }: Model): void {
  keep(state.value.files.filter(({ path }) => path !== file.value));
}
