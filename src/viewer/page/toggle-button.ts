import { h } from './dom.js';
import { createIcon, type IconName } from './icons.js';

export interface ToggleOptions {
  icon: IconName;
  label: string;
  title: string;
  onChange(isOn: boolean): void;
}

export function createToggle({ icon, label, title, onChange }: ToggleOptions): HTMLButtonElement {
  const button = h(
    'button',
    { class: 'toggle', title, attributes: { 'aria-pressed': 'false' } },
    createIcon(icon),
    label,
  );
  button.addEventListener('click', () => {
    const isOn = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(isOn));
    onChange(isOn);
  });
  return button;
}
