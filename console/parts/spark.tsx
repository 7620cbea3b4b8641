/** A small picture of counts over time, without axes. */
import type { Series } from '../../src/relay/activity/activity.ts';
import { formatCount } from './figures.tsx';
import { formatAge } from './time.tsx';

const WIDTH = 96;
const HEIGHT = 18;

/** Bars from the oldest to the newest. `what` names what is counted, for the text alternative: `hits`. */
export function Spark({ series, what }: { readonly series: Series; readonly what: string }) {
  const { counts, step } = series;
  const most = Math.max(1, ...counts);
  const wide = WIDTH / Math.max(1, counts.length);
  const sum = counts.reduce((all, count) => all + count, 0);
  const path = counts
    .map((count, at) => {
      const high = count === 0 ? 0 : Math.max(1, (count / most) * HEIGHT);
      return high === 0
        ? ''
        : `M${(at * wide).toFixed(1)} ${HEIGHT}v${-high.toFixed(1)}h${(wide * 0.8).toFixed(1)}V${HEIGHT}z`;
    })
    .join('');
  const label = `${formatCount(sum)} ${what} in ${formatAge(step * counts.length)}, at most ${formatCount(Math.max(0, ...counts))} in ${formatAge(step)}`;
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <path class="floor" d={`M0 ${HEIGHT}h${WIDTH}v-1H0z`} />
      <path d={path} />
    </svg>
  );
}
