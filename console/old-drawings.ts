/** Lets go of what a page no longer shows, which Preact would keep for as long as the page is open. */
import { options, type VNode } from 'preact';

/**
 * What of Preact's own names is used here; its build gives them these for good, because add-ons such as the signals rely on them. `__k`: the
 * vnodes that a vnode was drawn as; `__c`: its component; `__v`: the vnode that a component was drawn for last; `__b`: called before a vnode is drawn.
 */
interface Drawn extends VNode {
  __k?: unknown;
  readonly __c?: { readonly __v?: Drawn } | null;
}
interface Hooks {
  __b?: (vnode: Drawn) => void;
  diffed?: (vnode: Drawn) => void;
}

/**
 * Call once, before anything is drawn.
 *
 * When a component draws itself anew, Preact 11 draws a copy of its vnode. The first one stays in the props of what is around it, with what
 * it was drawn as; and because parts that did not change belong to the earlier and to the later drawing, that one holds every drawing since.
 */
export function letGoOfOldDrawings(): void {
  const hooks: Hooks = options;
  const { __b: before, diffed } = hooks;
  const copied = new WeakMap<Drawn, Drawn>();
  hooks.__b = (vnode) => {
    // Only a copy has its component before it is drawn.
    const old = vnode.__c?.__v;
    if (old && old !== vnode) copied.set(vnode, old);
    before?.(vnode);
  };
  hooks.diffed = (vnode) => {
    diffed?.(vnode);
    const old = copied.get(vnode);
    if (!old) return;
    copied.delete(vnode);
    // What is shown belongs to the copy now.
    old.__k = null;
  };
}
