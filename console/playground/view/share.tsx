/** Makes a link that carries everything, and says what it leaves out. */
import { useState } from 'preact/hooks';
import { Text } from '../../parts/text.tsx';
import { FRAGMENT } from '../fragment.ts';
import type { Model } from '../model.ts';

export function Share({ model }: { readonly model: Model }) {
  const [said, setSaid] = useState('');
  const share = async () => {
    setSaid('');
    try {
      const { fragment, hidden, problem } = await model.engine.ask('share', { state: model.state.value });
      if (fragment === undefined) {
        setSaid(problem ?? 'There is no link.');
        return;
      }
      history.replaceState(history.state, '', FRAGMENT + fragment);
      const left =
        hidden === 0
          ? ''
          : ` Without ${hidden === 1 ? 'the secret' : `the ${hidden} secrets`} in relay.yaml.`;
      const copied = await navigator.clipboard.writeText(location.href).then(
        () => 'The link is copied.',
        () => 'The link is in the address bar.',
      );
      setSaid(`${copied}${left} It holds the rules and the rows: everybody who has it can read them.`);
    } catch (error) {
      setSaid(error instanceof Error ? error.message : 'There is no link.');
    }
  };
  return (
    <div class="share">
      <button type="button" onClick={() => void share()}>
        Make a link
      </button>{' '}
      <span role="status">
        <Text value={said} />
      </span>
    </div>
  );
}
