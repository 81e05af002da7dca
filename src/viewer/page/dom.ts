type Child = Node | string | false | undefined;

export interface Props {
  class?: string;
  title?: string;
  attributes?: Record<string, string>;
  onclick?: (event: MouseEvent) => void;
}

/** An element with children. Strings become text nodes, never markup: they come from spans, which anyone may send. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (props.class) element.className = props.class;
  if (props.title) element.title = props.title;
  for (const [name, value] of Object.entries(props.attributes ?? {})) element.setAttribute(name, value);
  if (props.onclick) element.addEventListener('click', props.onclick as EventListener);
  element.append(...children.filter(isNode));
  return element;
}

/** Writes text only where it differs: rows are reused while scrolling, and a write costs a layout. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function isNode(child: Child): child is Node | string {
  return child !== false && child !== undefined;
}
