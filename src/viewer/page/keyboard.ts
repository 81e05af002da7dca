/** Key -> what it does; `event.key` names. */
export type KeyMap = Readonly<Record<string, () => void>>;

/** Keys that work in a text field too: they end typing instead of becoming part of it. */
const worksWhileTyping = new Set(['Escape']);

export function listenToKeys(keys: KeyMap): void {
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (!action || (isTyping(event.target) && !worksWhileTyping.has(event.key))) return;
    event.preventDefault();
    action();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}
