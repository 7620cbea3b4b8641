/** The playground's state in the page, and what the engine said of it last. */
import { computed, signal } from '@preact/signals';
import type { Language } from './editor/language.ts';
import {
  type Checked,
  type FoundAt,
  type PlaygroundState,
  type Ran,
  RELAY_FILE,
  type RowAccount,
} from './engine/messages.ts';
import { EngineClient, type EngineOptions } from './engine-client.ts';

/** A person who types pauses for longer. Milliseconds. */
const SETTLE_MS = 250;

export interface Model extends ReturnType<typeof createModel> {}

/** @param first what is there at first. */
export function createModel(options: EngineOptions, first: PlaygroundState) {
  const engine = new EngineClient(options);
  const state = signal<PlaygroundState>(first);
  /** The file in the editor: a rule file's path, or relay.yaml. */
  const file = signal((first.files.find(isDetection) ?? first.files[0])?.path ?? RELAY_FILE);
  /** Counts the times that texts came from elsewhere than the editor. */
  const edition = signal(0);
  const checked = signal<Checked>();
  const ran = signal<Ran>();
  const chosen = signal(0);
  const account = signal<RowAccount>();
  const problem = signal('');
  const isBusy = signal(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round = 0;
  let isEvaluating = false;
  let isClosed = false;

  /** Checks, runs and shows what is written now. While it works, a later change waits and begins anew: requests do not pile up. */
  async function evaluate(): Promise<void> {
    round += 1;
    isBusy.value = true;
    if (isEvaluating) return;
    isEvaluating = true;
    try {
      let mine: number;
      do {
        mine = round;
        await evaluateOnce(mine);
      } while (mine !== round && !isClosed);
    } finally {
      isEvaluating = false;
      isBusy.value = false;
    }
  }

  async function evaluateOnce(mine: number): Promise<void> {
    try {
      const of = state.value;
      const result = await engine.ask('check', { state: of });
      if (mine !== round) return;
      checked.value = result;
      if (result.version === undefined) {
        nothingRan();
      } else {
        const rows = await engine.ask('run', { state: of, now: Date.now() });
        if (mine !== round) return;
        ran.value = rows;
        chosen.value = Math.min(chosen.value, Math.max(0, rows.rows.length - 1));
        await show(chosen.value);
      }
      if (mine === round) problem.value = '';
    } catch (error) {
      // The rules that were stopped are not those that are written now.
      if (mine !== round) return;
      problem.value = sentenceOf(error);
      nothingRan();
    }
  }

  function nothingRan(): void {
    ran.value = undefined;
    account.value = undefined;
  }

  /** Resolves with false where the engine has no such row: it was started anew meanwhile. */
  async function show(n: number): Promise<boolean> {
    const mine = round;
    const found = await engine.ask('row', { n, now: Date.now() });
    if (mine === round && chosen.value === n) account.value = found;
    return found !== undefined;
  }

  function change(part: Partial<PlaygroundState>): void {
    state.value = { ...state.value, ...part };
    clearTimeout(timer);
    timer = setTimeout(() => void evaluate(), SETTLE_MS);
  }

  /** What is not typed: a link, files. */
  function replace(part: Partial<PlaygroundState>): void {
    change(part);
    edition.value += 1;
  }

  const findings = computed<readonly FoundAt[]>(
    () => checked.value?.findings.filter((one) => one.file === file.value) ?? [],
  );
  const language: Language = {
    complete: (of, text, offset) => engine.ask('complete', { file: of, text, offset }).catch(() => []),
    hover: (of, text, offset) => engine.ask('hover', { file: of, text, offset }).catch(() => undefined),
  };

  return {
    engine,
    language,
    state,
    file,
    edition,
    checked,
    findings,
    ran,
    chosen,
    account,
    problem,
    isBusy,
    evaluate,
    change,
    replace,
    async choose(n: number): Promise<void> {
      chosen.value = n;
      try {
        if (!(await show(n)) && ran.value) await evaluate();
      } catch (error) {
        problem.value = sentenceOf(error);
      }
    },
    /** These of the files, and no others. */
    keep(files: PlaygroundState['files']): void {
      if (files.every(({ path }) => path !== file.value)) file.value = files[0]?.path ?? RELAY_FILE;
      change({ files });
    },
    open(next: PlaygroundState): void {
      file.value = next.files[0]?.path ?? RELAY_FILE;
      chosen.value = 0;
      replace(next);
    },
    close(): void {
      isClosed = true;
      clearTimeout(timer);
      engine.close();
    },
  };
}

function isDetection({ path }: { readonly path: string }): boolean {
  return path.startsWith('detections/');
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The engine failed';
}
