/** Asks what to silence of an alert, for how long and why. */
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { AlertGroup, ColumnText, SilenceBody } from '../../../src/console/model/alerts.ts';
import { sendAct } from '../../api.ts';
import { Choice } from '../../parts/choice.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Text } from '../../parts/text.tsx';

const LENGTHS: readonly (readonly [value: string, label: string])[] = [
  ['60', '1 hour'],
  ['240', '4 hours'],
  ['1440', '1 day'],
  ['10080', '7 days'],
  ['43200', '30 days'],
];

export interface SilenceProps {
  readonly group: AlertGroup;
  readonly onClose: () => void;
  readonly onBegan: () => void;
}

export function SilenceDialog({ group: { rule, rows }, onClose, onBegan }: SilenceProps) {
  const conditions = rows?.conditions ?? [];
  const [byRule, setByRule] = useState(rule !== undefined);
  const [chosen, setChosen] = useState<readonly ColumnText[]>([]);
  const [minutes, setMinutes] = useState('240');
  const [reason, setReason] = useState('');
  const id = useId();
  const isEnough = byRule || chosen.length > 0;
  const body: SilenceBody = {
    ...(byRule && rule !== undefined && { rule: rule.id ?? rule.title }),
    where: chosen,
    minutes: Number(minutes),
    reason: reason.trim(),
  };
  const toggle = (one: ColumnText) =>
    setChosen(chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one]);
  return (
    <Confirm
      title="Silence alerts"
      verb="Silence"
      ready={isEnough && reason.trim() !== ''}
      onClose={onClose}
      onConfirm={async () => {
        await sendAct('alerts/silence', body);
        onBegan();
      }}
    >
      <p>
        People are not told of alerts for which all of this holds. Machines still get them, and they are
        counted. All consumers know within 10 seconds.
      </p>
      <fieldset>
        <legend>What</legend>
        {rule === undefined ? null : (
          <Check isOn={byRule} onChange={() => setByRule(!byRule)}>
            rule <Text value={rule.title} first={120} />
          </Check>
        )}
        {conditions.map((one) => (
          <Check key={one.column} isOn={chosen.includes(one)} onChange={() => toggle(one)}>
            {one.column} is <Text value={one.value} first={120} />
          </Check>
        ))}
        {conditions.length === 0 ? (
          <p>Hosts and users are not shown, so only the rule can be named here.</p>
        ) : null}
      </fieldset>
      <p class="row">
        <Choice label="For" options={LENGTHS} value={minutes} onChange={setMinutes} />
      </p>
      <p class="row">
        <label for={id}>Why</label>
        <input
          id={id}
          required
          maxLength={500}
          value={reason}
          placeholder="Somebody will ask why nobody was told"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </p>
    </Confirm>
  );
}

interface CheckProps {
  readonly isOn: boolean;
  readonly onChange: () => void;
  readonly children: ComponentChildren;
}

function Check({ isOn, onChange, children }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={onChange} /> <span>{children}</span>
    </label>
  );
}
