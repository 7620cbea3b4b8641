/** The files of the set, and the text of one of them, read-only. */
import { useId } from 'preact/hooks';
import type { FileLine, RuleFiles, RuleText } from '../../../src/console/model/rules.ts';
import { useView } from '../../api.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Bytes, Count } from '../../parts/figures.tsx';
import { Badge, Note, Panel, ViewOf } from '../../parts/notes.tsx';
import { Pager } from '../../parts/pager.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { ShortText, Text } from '../../parts/text.tsx';
import { navigate, pageHref, route } from '../../shell/router.ts';

const FOUND = {
  same: <Badge tone="good">in force</Badge>,
  changed: <Badge tone="warn">changed since, not in force</Badge>,
  new: <Badge tone="warn">new, not in force</Badge>,
  gone: <Badge tone="warn">removed since, still in force</Badge>,
  unknown: <Badge tone="quiet">in force</Badge>,
} as const;

function parameters(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(route.value.query);
}

function open(change: Readonly<Record<string, string | undefined>>, replace = false): void {
  navigate(pageHref('rules', { ...parameters(), ...change }), { replace });
}

export function Files() {
  const { files: q = '', at = '1', file, of = 'force', line } = parameters();
  const list = useView<RuleFiles>('rules/files', { q, page: at }, 30_000);
  const number = Number(at);
  const id = useId();
  return (
    <Panel title="Files">
      <search class="row">
        <label for={id}>Find</label>
        <input
          id={id}
          type="search"
          maxLength={200}
          value={q}
          placeholder="Part of a path"
          onInput={(event) => open({ files: event.currentTarget.value, at: undefined }, true)}
        />
      </search>
      <ViewOf of={list}>
        {(data) => (
          <>
            {data.troubles.map((sentence) => (
              <Note key={sentence} tone="warn">
                <Text value={sentence} first={600} />
              </Note>
            ))}
            <Table
              caption="Files of the rules"
              hideCaption
              columns={COLUMNS}
              rows={data.files}
              rowKey={({ path }) => path}
              empty="There are no rule files."
            />
            <Pager
              label="Files"
              where={`page ${data.page} of ${data.pages}, ${data.total.toLocaleString('en')} files`}
              onNewer={number > 1 ? () => open({ at: String(number - 1) }) : undefined}
              onOlder={number < data.pages ? () => open({ at: String(number + 1) }) : undefined}
            />
          </>
        )}
      </ViewOf>
      {file === undefined ? null : (
        <FileDialog key={`${of} ${file}`} path={file} of={of === 'found' ? 'found' : 'force'} line={line} />
      )}
    </Panel>
  );
}

const COLUMNS: readonly Column<FileLine>[] = [
  {
    title: 'File',
    cell: ({ path, found }) => (
      <a href={pageHref('rules', { ...parameters(), file: path, of: found === 'new' ? 'found' : undefined })}>
        <ShortText value={path} />
      </a>
    ),
    by: ({ path }) => path,
  },
  { title: 'State', cell: ({ found }) => FOUND[found] },
  {
    title: 'Mistakes',
    numeric: true,
    cell: ({ mistakes }) => (mistakes === 0 ? '' : <Count value={mistakes} />),
    by: ({ mistakes }) => mistakes,
  },
  { title: 'Size', numeric: true, cell: ({ bytes }) => <Bytes value={bytes} />, by: ({ bytes }) => bytes },
];

interface FileDialogProps {
  readonly path: string;
  readonly of: 'force' | 'found';
  readonly line: string | undefined;
}

function FileDialog({ path, of, line }: FileDialogProps) {
  const text = useView<RuleText>('rules/file', { path, of }, 0);
  const close = () => open({ file: undefined, of: undefined, line: undefined });
  return (
    <Dialog title={of === 'found' ? 'Rule file as it lies there now' : 'Rule file in force'} onClose={close}>
      <p>
        <Text value={line === undefined ? path : `${path}, line ${line}`} />
      </p>
      <ViewOf of={text}>
        {(data) => (
          <>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard. */}
            <section class="scroll rule-text" tabIndex={0} aria-label="Text of the file">
              <Text value={data.text} block first={65_536} />
            </section>
            <p>
              <a href={pageHref('playground', { file: path, of: of === 'found' ? of : undefined })}>
                Open in the playground
              </a>
            </p>
            {data.isCut ? <Note>Only the beginning of the file is shown.</Note> : null}
          </>
        )}
      </ViewOf>
    </Dialog>
  );
}
