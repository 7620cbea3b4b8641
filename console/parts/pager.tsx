/** Steps through pages of a list. */

export interface PagerProps {
  /** What is paged: `Alerts`. */
  readonly label: string;
  /** Undefined where there is nothing newer, or older. */
  readonly onNewer: (() => void) | undefined;
  readonly onOlder: (() => void) | undefined;
  /** Where one is: `1 to 50 of 312`. */
  readonly where?: string;
}

export function Pager({ label, onNewer, onOlder, where }: PagerProps) {
  if (!onNewer && !onOlder) return null;
  return (
    <nav class="pager" aria-label={`${label}: pages`}>
      <button type="button" disabled={!onNewer} onClick={onNewer}>
        Newer
      </button>
      <span>{where}</span>
      <button type="button" disabled={!onOlder} onClick={onOlder}>
        Older
      </button>
    </nav>
  );
}
