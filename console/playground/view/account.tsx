/** What happened to one row: filters, detections with the values that they compared, steps as a diff, and what each destination is sent. */
import { Badge } from '../../parts/notes.tsx';
import { Text } from '../../parts/text.tsx';
import type { Condition, DetectionOutcome, RowAccount, StepChanges, Tree } from '../engine/messages.ts';
import { Wire } from './wire.tsx';

export function Account({ account }: { readonly account: RowAccount }) {
  if (account.kind === 'unreadable') return null;
  const { n, filters, detections, steps, routes, raised, wire } = account;
  return (
    <>
      <section class="panel" aria-label="What happened">
        <h2>What happened to row {n + 1}</h2>
        {raised.length > 0 ? <h3>Alerts</h3> : null}
        <ul class="plain">
          {raised.map(({ title, matched }) => (
            <li key={title}>
              <Badge tone="warn">alert</Badge> <Text value={title} />
              {matched.map(({ column, value }) => (
                <div key={column} class="matched">
                  <Text value={column} />: <Text value={value} />
                </div>
              ))}
            </li>
          ))}
        </ul>
        {filters.length > 0 ? <h3>Filters</h3> : null}
        {filters.map((one) => (
          <ConditionOf key={one.title} condition={one} yes="drops the row" no="lets it pass" />
        ))}
        <h3>Detections</h3>
        {detections.length === 0 ? <p class="empty">No detection looks at this table.</p> : null}
        {detections.map((one) => (
          <Detection key={`${one.file} ${one.title}`} detection={one} />
        ))}
        <h3>Steps</h3>
        {steps.length === 0 ? <p class="empty">The table has no steps.</p> : <Steps steps={steps} />}
        {routes
          .filter((one) => one.tree !== undefined || one.steps.length > 0)
          .map((one) => (
            <div key={one.title}>
              <ConditionOf condition={one} yes="gets the row" no="does not get it" />
              <Steps steps={one.steps} />
            </div>
          ))}
      </section>
      <Wire forms={wire} isFiltered={account.kind === 'filtered'} />
    </>
  );
}

function Detection({ detection }: { readonly detection: DetectionOutcome }) {
  const { level, file, to, notes } = detection;
  return (
    <>
      <ConditionOf condition={detection} yes={`matches (${level})`} no="does not match" />
      <p class="more">
        <Text value={file} />
        {to.length > 0 ? (
          <>
            {' '}
            to <Text value={to.join(', ')} />
          </>
        ) : null}
        {notes.map((one) => (
          <span key={one}>
            ; <Text value={one} />
          </span>
        ))}
      </p>
    </>
  );
}

interface ConditionProps {
  readonly condition: Condition;
  readonly yes: string;
  readonly no: string;
}

function ConditionOf({ condition: { title, matched, tree }, yes, no }: ConditionProps) {
  return (
    <details open={matched}>
      <summary>
        <Text value={title} /> <Badge tone={matched ? 'warn' : 'quiet'}>{matched ? yes : no}</Badge>
      </summary>
      {tree ? (
        <ul class="tree">
          <Branch tree={tree} />
        </ul>
      ) : null}
    </details>
  );
}

function Branch({ tree: { kind, label, matched, column, actual, children } }: { readonly tree: Tree }) {
  return (
    <li>
      <span class={matched ? 'yes' : 'no'}>{matched ? '✓' : '✗'}</span>
      <span class="unshown">{matched ? 'true' : 'false'}</span>{' '}
      {kind === 'and' || kind === 'or' || kind === 'not' ? <strong>{kind}</strong> : <Text value={label} />}
      {column === undefined ? null : (
        <span class="actual">
          {' '}
          <Text value={column} /> is <Text value={actual ?? 'absent'} />
        </span>
      )}
      {children.length > 0 ? (
        <ul>
          {children.map((child, at) => (
            <Branch key={at} tree={child} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function Steps({ steps }: { readonly steps: readonly StepChanges[] }) {
  return (
    <ol class="steps">
      {steps.map(({ verb, changes }, at) => (
        <li key={at}>
          <code>{verb}</code> {changes.length === 0 ? <span class="empty">changes nothing</span> : null}
          {changes.map(({ column, before, after }) => (
            <div key={column} class="change">
              <Text value={column} />
              {before === undefined ? null : (
                <del>
                  <span class="unshown">was </span>
                  <Text value={before} />
                </del>
              )}
              {after === undefined ? null : (
                <ins>
                  <span class="unshown">is </span>
                  <Text value={after} />
                </ins>
              )}
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}
