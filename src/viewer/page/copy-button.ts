import { h } from './dom.js';
import { createIcon, setIcon } from './icons.js';

const CONFIRM_MS = 1_200;

export function createCopyButton(text: string, label: string): HTMLButtonElement {
  const icon = createIcon('copy');
  const button = h('button', { class: 'icon-button copy', title: label, attributes: { 'aria-label': label } }, icon);
  button.addEventListener('click', event => {
    event.stopPropagation();
    // Absent where the viewer is reached over plain HTTP from another machine.
    void navigator.clipboard?.writeText(text).then(() => {
      setIcon(icon, 'check');
      setTimeout(() => setIcon(icon, 'copy'), CONFIRM_MS);
    });
  });
  return button;
}
