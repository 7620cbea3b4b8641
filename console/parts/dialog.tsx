/** Windows over the page: one that shows something, and one that asks before something is done. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { apiError } from '../api.ts';
import { ErrorNote } from './notes.tsx';

export interface DialogProps {
  readonly title: string;
  /** Called when the person closes it, also with Escape. The caller then takes it out of the page. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Shown as long as it is in the page. The focus goes into it, and back when it closes. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const id = useId();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={box} aria-labelledby={id} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
      </div>
      {children}
    </dialog>
  );
}

export interface ConfirmProps {
  readonly title: string;
  /** What the button says: `Reset splunk`. */
  readonly verb: string;
  /** Whether something is lost by it. */
  readonly danger?: boolean;
  /** Whether what `children` asks for is there. */
  readonly ready?: boolean;
  /** Does it. What it throws is shown, and the window stays open. */
  readonly onConfirm: () => Promise<unknown>;
  /** Called when the person has cancelled, or it was done. */
  readonly onClose: () => void;
  /** What will happen, in a sentence with its count. */
  readonly children: ComponentChildren;
}

/** Asks before something is done: its button does it once, however often it is pressed. */
export function Confirm({
  title,
  verb,
  danger = false,
  ready = true,
  onConfirm,
  onClose,
  children,
}: ConfirmProps) {
  const [running, setRunning] = useState(false);
  const [failed, setFailed] = useState<string | undefined>();
  const confirm = async () => {
    if (running) return;
    setRunning(true);
    setFailed(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setFailed(apiError(error).message);
      setRunning(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="dialog-body">{children}</div>
      {failed === undefined ? null : <ErrorNote message={failed} />}
      <div class="dialog-acts">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class={danger ? 'danger' : 'main'}
          disabled={running || !ready}
          onClick={confirm}
        >
          {running ? 'Working…' : verb}
        </button>
      </div>
    </Dialog>
  );
}
